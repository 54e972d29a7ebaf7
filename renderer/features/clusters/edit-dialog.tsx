import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { useOperation } from "../../api.ts";
import { useClusters } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { errorText, t } from "../../ui/text.ts";
import { AddressEdit } from "./address-edit.tsx";
import { refusalAtFields } from "./connect-form.ts";
import { checkEdit, editPatch, editValues, type EditField, type EditMessages } from "./edit-form.ts";
import { OtherNodes } from "./other-nodes.tsx";
import { ProxyFields } from "./proxy-fields.tsx";
import { proxyInput } from "./proxy-form.ts";
import { TrustPanel } from "./trust-panel.tsx";

import type { Cluster, Trust } from "../../../shared/cluster.ts";
import type { Output } from "../../../shared/operations.ts";

export interface EditDialogProps {
  readonly cluster: Cluster | null;
  readonly onClose: () => void;
}

/** Changes name, addresses, proxy or login of a registration. A new address is looked at and trusted like a first one. */
export function EditDialog({ cluster, onClose }: EditDialogProps) {
  return (
    <Modal
      opened={cluster !== null}
      onClose={onClose}
      title={cluster === null ? "" : t("clusters.edit.title", { name: displayText(cluster.name, 80) })}
      size={560}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {cluster === null ? null : <EditBody key={cluster.id} cluster={cluster} onClose={onClose} />}
    </Modal>
  );
}

function EditBody({ cluster, onClose }: { readonly cluster: Cluster; readonly onClose: () => void }) {
  // The edition of the moment the dialog opened: what another window changed since then must not be overwritten.
  const [start] = useState(cluster);
  const [values, setValues] = useState(() => editValues(cluster));
  const [found, setFound] = useState<EditMessages>({});
  const [attempt] = useState(() => crypto.randomUUID());
  const [typed, setTyped] = useState("");
  const [probe, setProbe] = useState<Output<"clusters.probe"> | null>(null);
  const [finding, setFinding] = useState(false);
  const looking = useOperation("clusters.probe");
  const saving = useOperation("clusters.update");

  const add = (seen: Output<"clusters.probe">, trust: Trust) => {
    const { address } = seen;
    setProbe(null);
    setTyped("");
    setValues((known) => ({
      ...known,
      addresses: [
        ...known.addresses.filter((one) => one.address !== address),
        { address, trust, node: null },
      ],
    }));
  };
  const look = async () => {
    const proxy = proxyInput(values.proxy);
    const seen = await looking.run({ attempt, address: typed.trim(), proxy, clusterId: start.id });
    if (seen === null) return;
    if (seen.trustedBySystem) add(seen, { kind: "system" });
    else setProbe(seen);
  };
  const submit = async () => {
    const wrong = checkEdit(start, values);
    setFound(wrong);
    if (Object.keys(wrong).length > 0) return;
    if ((await saving.run(editPatch(start, values))) !== null) onClose();
  };
  const field = (name: EditField) => ({
    value: values[name],
    autoComplete: "off",
    spellCheck: false,
    error: fieldError(name),
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget;
      setFound(({ [name]: _gone, ...rest }) => rest);
      setValues((known) => ({ ...known, [name]: value }));
    },
  });
  const refused = refusalAtFields(saving.error);
  const refusedLook = refusalAtFields(looking.error);
  const fieldError = (name: EditField) => {
    const message = found[name];
    if (message !== undefined) return t(message);
    return name === "login" ? (refused.at.user ?? refused.at.tokenId) : refused.at[name];
  };

  if (finding) return <FindNodes clusterId={start.id} onDone={onClose} />;
  if (probe !== null) {
    const { fingerprint } = probe.certificate;
    return (
      <TrustPanel
        probe={probe}
        onBack={() => setProbe(null)}
        onTrust={() => add(probe, { kind: "pinned", fingerprint })}
        action={t("clusters.trust.add")}
      />
    );
  }
  const password = start.login.kind !== "token";
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={16}>
        <TextInput label={t("clusters.form.name")} maxLength={255} data-autofocus {...field("name")} />
        <AddressEdit
          addresses={values.addresses}
          onChange={(addresses) => setValues((known) => ({ ...known, addresses }))}
          typed={typed}
          onTyped={(text) => {
            looking.reset();
            setTyped(text);
          }}
          problem={refusedLook.at.address ?? (refusedLook.rest === null ? null : errorText(refusedLook.rest))}
          looking={looking.pending}
          onLook={() => void look()}
          onFind={start.nodes.length > start.addresses.length ? () => setFinding(true) : null}
        />
        <ProxyFields
          values={values.proxy}
          onChange={(proxy) => setValues((known) => ({ ...known, proxy }))}
          problem={refused.at.proxy ?? refusedLook.at.proxy ?? null}
          keepsSecret={start.proxy !== null && start.proxy.user !== null}
        />
        <Group gap={12} align="flex-start" grow>
          <TextInput
            label={t(password ? "clusters.form.user" : "clusters.form.tokenId")}
            {...field("login")}
          />
          <PasswordInput
            label={t(password ? "clusters.form.password" : "clusters.form.secret")}
            placeholder={t("clusters.edit.secret.keep")}
            {...field("secret")}
          />
        </Group>
        {refused.rest === null ? null : <ErrorPanel error={refused.rest} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button type="submit" variant="filled" loading={saving.pending}>
            {t("clusters.edit.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** By the cluster as it is now: the step saves by itself. */
function FindNodes({ clusterId, onDone }: { readonly clusterId: string; readonly onDone: () => void }) {
  const cluster = useClusters((set) => set.byKey.get(clusterId));
  return cluster === undefined ? null : (
    <OtherNodes cluster={cluster} onDone={onDone} later={t("ui.cancel")} />
  );
}

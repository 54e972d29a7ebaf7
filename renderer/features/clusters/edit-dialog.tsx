import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { useOperation } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { checkEdit, editPatch, editValues, type EditField, type EditMessages } from "./edit-form.ts";
import { refusalAtFields } from "./connect-form.ts";
import { TrustPanel } from "./trust-panel.tsx";

import type { Cluster, Trust } from "../../../shared/cluster.ts";
import type { Output } from "../../../shared/operations.ts";

export interface EditDialogProps {
  readonly cluster: Cluster | null;
  readonly onClose: () => void;
}

/** Changes name, address or login of a registration. A new address is looked at and trusted like a first one. */
export function EditDialog({ cluster, onClose }: EditDialogProps) {
  return (
    <Modal
      opened={cluster !== null}
      onClose={onClose}
      title={cluster === null ? "" : t("clusters.edit.title", { name: displayText(cluster.name, 80) })}
      size={520}
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
  const [probe, setProbe] = useState<Output<"clusters.probe"> | null>(null);
  const looking = useOperation("clusters.probe");
  const saving = useOperation("clusters.update");
  const error = looking.error ?? saving.error;
  const refused = refusalAtFields(error);
  const movesAddress = values.address.trim() !== (start.addresses[0]?.address ?? "");

  const save = async (trust: Trust | null) => {
    const done = await saving.run(editPatch(start, values, trust));
    setProbe(null);
    if (done !== null) onClose();
  };
  const submit = async () => {
    const wrong = checkEdit(start, values);
    setFound(wrong);
    looking.reset();
    if (Object.keys(wrong).length > 0) return;
    if (!movesAddress) return save(null);
    const seen = await looking.run({ attempt, address: values.address.trim() });
    if (seen === null) return undefined;
    return seen.trustedBySystem ? save({ kind: "system" }) : setProbe(seen);
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
  const fieldError = (name: EditField) => {
    const message = found[name];
    if (message !== undefined) return t(message);
    return name === "login" ? (refused.at.user ?? refused.at.tokenId) : refused.at[name];
  };

  if (probe !== null) {
    return (
      <TrustPanel
        probe={probe}
        onBack={() => setProbe(null)}
        onTrust={() => void save({ kind: "pinned", fingerprint: probe.certificate.fingerprint })}
        action={t("clusters.trust.save")}
      />
    );
  }
  const password = start.login.kind === "password";
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={12}>
        <TextInput label={t("clusters.form.name")} maxLength={255} data-autofocus {...field("name")} />
        <TextInput
          label={t("clusters.form.address")}
          description={movesAddress ? t("clusters.edit.address.hint") : undefined}
          {...field("address")}
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
          <Button type="submit" variant="filled" loading={looking.pending || saving.pending}>
            {t("clusters.edit.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

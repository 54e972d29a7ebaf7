import { Button, Checkbox, Group, PasswordInput, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useStore } from "zustand";

import { useStores } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import {
  checkConnect,
  inBrowser,
  refusalAtFields,
  type ConnectField,
  type ConnectValues,
  type FieldMessages,
} from "./connect-form.ts";
import { ProxyFields } from "./proxy-fields.tsx";
import { OpenIdHint, RealmSelect, useRealms } from "./realm-field.tsx";
import { firstRealm } from "./realm-form.ts";

import type { AppError } from "../../../shared/errors.ts";

export interface ConnectFieldsProps {
  readonly values: ConnectValues;
  readonly onChange: (patch: Partial<ConnectValues>) => void;
  /** What the main process or the server refused, shown at its field until that is changed. */
  readonly refusal: AppError | null;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}

type TextField = Exclude<ConnectField, "proxy">;

export function ConnectFields({ values, onChange, refusal, onSubmit, onCancel }: ConnectFieldsProps) {
  const [found, setFound] = useState<FieldMessages>({});
  const [changed, setChanged] = useState<ReadonlySet<ConnectField>>(new Set());
  const [left, setLeft] = useState(values.address);
  const refused = refusalAtFields(refusal);
  const provider = inBrowser(values);
  useRealms(left, values.proxy, (read) => {
    const typed = values.user !== "" || values.secret !== "";
    const realms = read?.realms ?? [];
    const kept = realms.some(({ realm }) => realm === values.realms.realm);
    const realm = kept ? values.realms.realm : firstRealm(realms, typed);
    onChange({ realms: { realms, realm, redirectUrl: read?.redirectUrl ?? "" } });
  });

  const edit = (field: TextField, value: string) => {
    setChanged((known) => new Set(known).add(field));
    setFound(({ [field]: _gone, ...rest }) => rest);
    onChange({ [field]: value });
  };
  const problem = (field: ConnectField) => {
    const message = found[field];
    if (message !== undefined) return t(message);
    return changed.has(field) ? null : refused.at[field];
  };
  const field = (name: TextField) => ({
    value: values[name],
    error: problem(name),
    spellCheck: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      edit(name, event.currentTarget.value),
  });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const wrong = checkConnect(values);
        setFound(wrong);
        setChanged(new Set());
        if (Object.keys(wrong).length === 0) onSubmit();
      }}
    >
      <Stack gap={16}>
        <Group gap={12} align="flex-start" grow>
          <TextInput
            label={t("clusters.form.address")}
            placeholder={t("clusters.form.address.example")}
            autoComplete="off"
            data-autofocus
            onBlur={() => setLeft(values.address)}
            {...field("address")}
          />
          <TextInput
            label={t("clusters.form.name")}
            placeholder={t("clusters.form.name.example")}
            autoComplete="off"
            maxLength={255}
            {...field("name")}
          />
        </Group>
        <SegmentedControl
          aria-label={t("clusters.form.kind")}
          value={values.kind}
          onChange={(kind) => onChange({ kind })}
          data={[
            { value: "password", label: t("clusters.form.kind.password") },
            { value: "token", label: t("clusters.form.kind.token") },
          ]}
        />
        <Group gap={12} align="flex-start" grow>
          {provider !== null ? null : values.kind === "password" ? (
            <TextInput
              label={t("clusters.form.user")}
              placeholder={t("clusters.form.user.example")}
              autoComplete="off"
              {...field("user")}
            />
          ) : (
            <TextInput
              label={t("clusters.form.tokenId")}
              placeholder={t("clusters.form.tokenId.example")}
              autoComplete="off"
              {...field("tokenId")}
            />
          )}
          {values.kind === "password" && values.realms.realms.length > 0 ? (
            <RealmSelect
              values={values.realms}
              onChange={(realm) => onChange({ realms: { ...values.realms, realm } })}
            />
          ) : null}
          {provider === null ? (
            <PasswordInput
              label={t(values.kind === "password" ? "clusters.form.password" : "clusters.form.secret")}
              autoComplete="off"
              {...field("secret")}
            />
          ) : null}
        </Group>
        {provider === null ? null : <OpenIdHint redirectUrl={values.realms.redirectUrl} />}
        <ProxyFields
          values={values.proxy}
          onChange={(proxy) => {
            setChanged((known) => new Set(known).add("proxy"));
            onChange({ proxy });
          }}
          problem={problem("proxy") ?? null}
          keepsSecret={false}
        />
        {provider === null ? <Remember values={values} onChange={onChange} /> : null}
        {refused.rest === null ? null : <ErrorPanel error={refused.rest} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onCancel}>{t("ui.cancel")}</Button>
          <Button type="submit" variant="filled">
            {t(provider === null ? "clusters.connect.action" : "openid.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Remember({ values, onChange }: Pick<ConnectFieldsProps, "values" | "onChange">) {
  const { vault } = useStores();
  const state = useStore(vault.store, (view) => view.status?.state);
  const memory = state === "memory" || state === "unavailable";
  return (
    <Checkbox
      checked={values.remember && !memory}
      disabled={memory}
      onChange={(event) => onChange({ remember: event.currentTarget.checked })}
      label={t("clusters.form.remember")}
      description={t(memory ? "clusters.form.remember.memory" : "clusters.form.remember.hint")}
    />
  );
}

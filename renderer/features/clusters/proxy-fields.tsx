import { Group, PasswordInput, SegmentedControl, Stack, TextInput } from "@mantine/core";

import { t } from "../../ui/text.ts";
import classes from "./clusters.module.css";
import { noProxy, type ProxyValues } from "./proxy-form.ts";

export interface ProxyFieldsProps {
  readonly values: ProxyValues;
  readonly onChange: (values: ProxyValues) => void;
  readonly problem: string | null;
  /** A password is kept already. */
  readonly keepsSecret: boolean;
}

/** The way to the server: directly, or through a proxy (a jump host). */
export function ProxyFields({ values, onChange, problem, keepsSecret }: ProxyFieldsProps) {
  const text = (field: "address" | "user" | "secret") => ({
    value: values[field],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...values, [field]: event.currentTarget.value }),
  });
  return (
    <Stack gap={8}>
      <div>
        <p className={classes.fieldLabel}>{t("clusters.proxy")}</p>
        <SegmentedControl
          aria-label={t("clusters.proxy")}
          fullWidth
          value={values.kind}
          onChange={(kind) => onChange(kind === "none" ? noProxy : { ...values, kind })}
          data={[
            { value: "none", label: t("clusters.proxy.none") },
            { value: "http", label: t("clusters.proxy.http") },
            { value: "socks5", label: t("clusters.proxy.socks5") },
          ]}
        />
      </div>
      {values.kind === "none" ? null : (
        <>
          <TextInput
            label={t("clusters.proxy.address")}
            placeholder={t(`clusters.proxy.example.${values.kind}`)}
            description={t("clusters.proxy.hint")}
            error={problem}
            {...text("address")}
          />
          <Group gap={12} align="flex-start" grow>
            <TextInput
              label={t("clusters.proxy.user")}
              placeholder={t("clusters.proxy.user.none")}
              {...text("user")}
            />
            <PasswordInput
              label={t("clusters.proxy.secret")}
              placeholder={keepsSecret ? t("clusters.edit.secret.keep") : ""}
              disabled={values.user.trim() === ""}
              {...text("secret")}
            />
          </Group>
        </>
      )}
    </Stack>
  );
}

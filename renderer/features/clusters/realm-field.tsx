import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { useApi } from "../../api.ts";
import { CopyText } from "../../ui/copy-text.tsx";
import { t } from "../../ui/text.ts";
import classes from "./clusters.module.css";
import { proxyInput, type ProxyValues } from "./proxy-form.ts";

import type { Output } from "../../../shared/operations.ts";
import type { RealmValues } from "./realm-form.ts";

/** Long enough for going back and forth in the form. */
const realmsAgeMs = 60_000;

/** Reads the realms of the address that was left; silent where nothing answers, which the connection itself will tell. */
export function useRealms(
  address: string,
  proxy: ProxyValues,
  onRead: (read: Output<"clusters.realms"> | null) => void,
): void {
  const api = useApi();
  const input = { address: address.trim(), proxy: proxyInput(proxy) };
  const query = useQuery({
    queryKey: ["clusters.realms", input.address, proxy.kind, proxy.address],
    queryFn: ({ signal }) => api.call("clusters.realms", input, signal),
    enabled: input.address !== "",
    retry: false,
    staleTime: realmsAgeMs,
  });
  const read = query.data ?? null;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- told once for each answer, not for each render of the form
  useEffect(() => onRead(read), [read]);
}

/** The realm beside the user, as the server offers it. */
export function RealmSelect({
  values,
  onChange,
}: {
  readonly values: RealmValues;
  readonly onChange: (realm: string) => void;
}) {
  const commentOf = (realm: string): string =>
    displayText(values.realms.find((one) => one.realm === realm)?.comment ?? "", 128);
  return (
    <Select
      label={t("clusters.form.realm")}
      value={values.realm}
      allowDeselect={false}
      onChange={(realm) => onChange(realm ?? values.realm)}
      data={values.realms.map(({ realm }) => ({ value: realm, label: displayText(realm, 64) }))}
      renderOption={({ option }) => (
        <div>
          {option.label}
          <div className={classes.hint}>{commentOf(option.value)}</div>
        </div>
      )}
      comboboxProps={{ width: 280, position: "bottom-start" }}
    />
  );
}

/** What a login through the browser needs of the provider, with the exact address to be registered there. */
export function OpenIdHint({ redirectUrl }: { readonly redirectUrl: string }) {
  return (
    <div className={classes.hint}>
      <p>{t("openid.hint")}</p>
      <CopyText text={redirectUrl} label={t("openid.redirectUrl")} />
    </div>
  );
}

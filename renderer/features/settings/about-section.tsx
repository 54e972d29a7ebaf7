import { useQuery } from "@tanstack/react-query";

import { asAppError, useApi } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";

/** Version, place of the data, and whose app this is not. */
export function AboutSection() {
  const api = useApi();
  const info = useQuery({
    queryKey: ["app.info"],
    queryFn: ({ signal }) => api.call("app.info", undefined, signal),
    staleTime: Infinity,
  });
  return (
    <Section title={t("settings.about")}>
      {info.error === null ? null : <ErrorPanel error={asAppError(info.error)} />}
      {info.data === undefined ? null : (
        <Facts
          facts={[
            { label: t("settings.about.version"), value: `${t("app.name")} ${info.data.version}` },
            { label: t("settings.about.host"), value: t(`settings.about.host.${info.data.host}`) },
            { label: t("settings.about.data"), value: <code>{info.data.dataDirectory}</code> },
            ...(info.data.readOnly
              ? [{ label: t("settings.about.readOnly"), value: t("error.store.readOnly") }]
              : []),
          ]}
        />
      )}
      <p style={{ marginTop: 12, color: "var(--dim)" }}>{t("settings.about.notAffiliated")}</p>
    </Section>
  );
}

import { SegmentedControl, Switch } from "@mantine/core";
import { useId } from "react";

import { useSettings, useStores } from "../../stores/stores.ts";
import { FieldRow } from "../../ui/facts.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";
import { AboutSection } from "./about-section.tsx";
import { OpenIdSection } from "./openid-section.tsx";
import { SecretsSection } from "./secrets-section.tsx";

import type { Settings } from "../../../shared/settings.ts";

const themes = ["system", "light", "dark"] as const satisfies readonly Settings["theme"][];
const densities = ["compact", "comfortable"] as const satisfies readonly Settings["density"][];

/** What the user can set, and what the app is. */
export function SettingsView() {
  return (
    <Page title={t("settings.title")} layout="column">
      <LookSection />
      <SecretsSection />
      <OpenIdSection />
      <AboutSection />
    </Page>
  );
}

function LookSection() {
  const { settings } = useStores();
  const values = useSettings((all) => all);
  const switchId = useId();
  return (
    <Section title={t("settings.look")}>
      <FieldRow label={t("settings.theme")}>
        <SegmentedControl
          aria-label={t("settings.theme")}
          value={values.theme}
          onChange={(theme) => settings.set({ theme })}
          data={themes.map((theme) => ({ value: theme, label: t(`settings.theme.${theme}`) }))}
        />
      </FieldRow>
      <FieldRow label={t("settings.density")} hint={t("settings.density.hint")}>
        <SegmentedControl
          aria-label={t("settings.density")}
          value={values.density}
          onChange={(density) => settings.set({ density })}
          data={densities.map((density) => ({ value: density, label: t(`settings.density.${density}`) }))}
        />
      </FieldRow>
      <FieldRow
        label={t("settings.notifications")}
        hint={t("settings.notifications.hint")}
        htmlFor={switchId}
      >
        <Switch
          id={switchId}
          checked={values.notifications}
          onChange={(event) => settings.set({ notifications: event.currentTarget.checked })}
        />
      </FieldRow>
    </Section>
  );
}

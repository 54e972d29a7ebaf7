import { SegmentedControl } from "@mantine/core";
import { useLocation } from "wouter";

import { places, tasksPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";

/** Two lists share one place: what this app does, and what runs on the servers. */
export function ListSwitch({ value }: { readonly value: "jobs" | "tasks" }) {
  const [, navigate] = useLocation();
  return (
    <SegmentedControl
      aria-label={t("tasks.switch")}
      data={[
        { value: "jobs", label: t("tasks.switch.jobs") },
        { value: "tasks", label: t("tasks.switch.tasks") },
      ]}
      value={value}
      onChange={(chosen) => navigate(chosen === "tasks" ? tasksPath : places.jobs)}
    />
  );
}

import { ActionIcon } from "@mantine/core";
import { RotateCw } from "lucide-react";

import { useNow } from "../../ui/clock.ts";
import { ageText, t } from "../../ui/text.ts";

/** How old a list is, and asking for it again. */
export function ReadLine({
  seenAt,
  reading,
  onReload,
}: {
  readonly seenAt: number | null;
  readonly reading: boolean;
  readonly onReload: () => void;
}) {
  const now = useNow();
  return (
    <>
      <span role="status">
        {reading
          ? t("snapshots.reading")
          : seenAt === null
            ? null
            : t("snapshots.asOf", { age: ageText(seenAt, now) })}
      </span>
      <ActionIcon aria-label={t("snapshots.reload")} disabled={reading} onClick={onReload}>
        <RotateCw size={14} aria-hidden />
      </ActionIcon>
    </>
  );
}

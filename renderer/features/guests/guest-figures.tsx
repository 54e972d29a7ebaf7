import { formatBytes, formatShare } from "../../../shared/format.ts";
import { NotSaid } from "../../ui/figures.tsx";
import { Meter } from "../../ui/meter.tsx";
import { durationText, locale, t } from "../../ui/text.ts";
import classes from "./guest-page.module.css";
import { LastBackupMark, lastBackupText } from "./last-backup.tsx";

import type { ReactNode } from "react";
import type { Guest } from "../../../shared/guest.ts";

/** The live figures of a guest, as the last poll said them. */
export function GuestFigures({ guest }: { readonly guest: Guest }) {
  const runs = guest.status === "running";
  const cpu = runs ? guest.cpu : null;
  const memory = runs ? guest.memory : null;
  return (
    <dl className={classes.figures}>
      <Figure
        label={t("guests.field.cpu")}
        value={cpu === null ? null : formatShare(cpu, locale())}
        of={guest.maxCpu === null ? null : t("guests.cores", { cores: guest.maxCpu })}
        share={cpu}
      />
      <Figure
        label={t("guests.field.memory")}
        value={memory === null ? null : formatBytes(memory, locale())}
        of={guest.maxMemory === null ? null : formatBytes(guest.maxMemory, locale())}
        share={shareOf(memory, guest.maxMemory)}
      />
      <Figure
        label={t(guest.type === "qemu" ? "guests.field.bootDisk" : "guests.field.disk")}
        // The server does not know how much of a VM's disk is used.
        value={guest.type === "qemu" || guest.disk === null ? null : formatBytes(guest.disk, locale())}
        of={guest.maxDisk === null ? null : formatBytes(guest.maxDisk, locale())}
        {...(guest.type === "qemu" ? {} : { share: shareOf(guest.disk, guest.maxDisk) })}
      />
      <Figure
        label={t("guests.field.uptime")}
        value={runs && guest.uptime !== null ? durationText(guest.uptime) : null}
        of={null}
      />
      <div className={classes.figure}>
        <dt className={classes.label}>{t("guests.field.lastBackup")}</dt>
        <dd className={classes.value} title={lastBackupText(guest.lastBackup)}>
          <LastBackupMark last={guest.lastBackup} />
        </dd>
      </div>
    </dl>
  );
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole;
}

function Figure({
  label,
  value,
  of,
  share,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly of: string | null;
  /** Absent: nothing that can be full. */
  readonly share?: number | null;
}) {
  return (
    <div className={classes.figure}>
      <dt className={classes.label}>{label}</dt>
      <dd>
        <div className={classes.value}>
          {value ?? (of === null ? <NotSaid /> : null)}
          {of === null ? null : <span className={classes.of}>{value === null ? of : ` / ${of}`}</span>}
        </div>
        {share === undefined ? null : (
          <div className={classes.meter}>
            <Meter share={share} label={label} />
          </div>
        )}
      </dd>
    </div>
  );
}

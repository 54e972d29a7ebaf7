import { displayText } from "../../../shared/display-text.ts";
import { formatBytes, formatTime } from "../../../shared/format.ts";
import { useNow } from "../../ui/clock.ts";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { NotSaid } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { ageText, locale, t } from "../../ui/text.ts";
import classes from "./guest-page.module.css";

import type { GuestDetail } from "../../../shared/guest.ts";

/** What an admin looks for in a guest's configuration: its shape, its disks and whether they are in backups, its networks. */
export function GuestConfig({ detail }: { readonly detail: GuestDetail }) {
  const now = useNow();
  return (
    <>
      <Section
        title={t("guests.section.config")}
        aside={
          <span title={formatTime(detail.seenAt)}>
            {t("guests.page.seen", { age: ageText(detail.seenAt, now) })}
          </span>
        }
      >
        <Facts facts={configFacts(detail)} />
      </Section>
      <Section title={t("guests.section.disks")}>
        <Disks detail={detail} />
      </Section>
      <Section title={t("guests.section.networks")}>
        <Networks detail={detail} />
      </Section>
      {detail.description.trim() === "" ? null : (
        <Section title={t("guests.section.notes")}>
          <p className={classes.description}>{displayText(detail.description)}</p>
        </Section>
      )}
    </>
  );
}

function configFacts(detail: GuestDetail): readonly Fact[] {
  const { guest } = detail;
  const orUnsaid = (text: string | null) => text ?? <NotSaid />;
  return [
    { label: t("guests.field.cores"), value: orUnsaid(detail.cores === null ? null : String(detail.cores)) },
    {
      label: t("guests.field.maxMemory"),
      value: orUnsaid(detail.memory === null ? null : formatBytes(detail.memory, locale())),
    },
    {
      label: t("guests.field.osType"),
      value: detail.osType === null ? <NotSaid /> : <code>{displayText(detail.osType, 64)}</code>,
    },
    { label: t("guests.field.onBoot"), value: orUnsaid(yesNo(detail.bootOnStart)) },
    {
      label: t("guests.field.protection"),
      value: t(detail.protection ? "guests.value.on" : "guests.value.off"),
    },
    ...(guest.type === "qemu"
      ? [
          { label: t("guests.field.agent"), value: orUnsaid(agentText(detail.agent)) },
          {
            label: t("guests.field.qmp"),
            value: orUnsaid(detail.qmpStatus === null ? null : displayText(detail.qmpStatus, 32)),
          },
        ]
      : []),
    {
      label: t("guests.field.snapshots"),
      value: orUnsaid(snapshotText(detail.snapshots)),
    },
    ...(guest.ha === null ? [] : [{ label: t("guests.field.ha"), value: displayText(guest.ha, 32) }]),
    ...(guest.pool === null ? [] : [{ label: t("guests.field.pool"), value: displayText(guest.pool, 64) }]),
    ...(guest.tags.length === 0
      ? []
      : [{ label: t("guests.field.tags"), value: guest.tags.map((tag) => displayText(tag, 64)).join(", ") }]),
  ];
}

function yesNo(value: boolean | null): string | null {
  return value === null ? null : t(value ? "guests.value.yes" : "guests.value.no");
}

function agentText(agent: boolean | null): string | null {
  return agent === null ? null : t(agent ? "guests.value.answering" : "guests.value.notEnabled");
}

function snapshotText(count: number | null): string | null {
  if (count === null) return null;
  return count === 0 ? t("guests.value.noneCount") : String(count);
}

function Disks({ detail }: { readonly detail: GuestDetail }) {
  if (detail.disks.length === 0) return <p className={classes.deviceMore}>{t("guests.disk.none")}</p>;
  return (
    <ul>
      {detail.disks.map((disk) => (
        <li key={disk.key} className={classes.device}>
          <span className={classes.deviceKey}>{displayText(disk.key, 32)}</span>
          <span className={classes.deviceText}>
            {disk.size === null ? <NotSaid /> : displayText(disk.size, 32)}
          </span>
          <span className={classes.deviceEnd} data-tone={disk.backup ? "quiet" : "attention"}>
            {t(disk.backup ? "guests.disk.included" : "guests.disk.excluded")}
          </span>
          <code className={classes.deviceMore}>{displayText(disk.volume)}</code>
        </li>
      ))}
    </ul>
  );
}

function Networks({ detail }: { readonly detail: GuestDetail }) {
  if (detail.networks.length === 0) return <p className={classes.deviceMore}>{t("guests.network.none")}</p>;
  return (
    <ul>
      {detail.networks.map((network) => (
        <li key={network.key} className={classes.device}>
          <span className={classes.deviceKey}>{displayText(network.key, 32)}</span>
          <span className={classes.deviceText}>
            {network.bridge === null ? <NotSaid /> : displayText(network.bridge, 64)}
          </span>
          <span className={classes.deviceEnd} data-tone={network.linkDown ? "attention" : "quiet"}>
            {t(network.linkDown ? "guests.network.down" : "guests.network.up")}
          </span>
          {network.mac === null ? null : (
            <code className={classes.deviceMore}>{displayText(network.mac, 64)}</code>
          )}
        </li>
      ))}
    </ul>
  );
}

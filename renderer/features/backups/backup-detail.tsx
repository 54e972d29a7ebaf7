import { Button } from "@mantine/core";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useClusterName, useGuests } from "../../stores/stores.ts";
import { Age, Moment } from "../../ui/age.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Bytes } from "../../ui/figures.tsx";
import { datastorePath, guestPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { RestoreButton } from "../restore/restore-button.tsx";
import { backupGuestText } from "./backup-columns.tsx";
import classes from "./backups-view.module.css";
import { noteText } from "./note-text.ts";

import type { Backup } from "../../../shared/backup.ts";

export interface BackupDetailProps {
  readonly backup: Backup;
  readonly width: number;
  readonly onWidth: (width: number) => void;
  readonly onClose: () => void;
}

/** One backup beside the list: all that is known of it, and the way back from it. */
export function BackupDetail({ backup, width, onWidth, onClose }: BackupDetailProps) {
  const cluster = displayText(useClusterName(backup.clusterId));
  const guest = useGuests((set) =>
    set.items.find((one) => one.clusterId === backup.clusterId && one.vmid === backup.vmid),
  );
  return (
    <Drawer
      title={backupGuestText(backup)}
      subtitle={<Moment at={backup.createdAt} />}
      width={width}
      onWidth={onWidth}
      onClose={onClose}
    >
      <div className={classes.actions}>
        <RestoreButton backup={backup} primary />
        {guest === undefined ? null : (
          <Button component={Link} href={guestPath(guest)}>
            {t("backups.openGuest")}
          </Button>
        )}
      </div>
      <Facts
        facts={[
          { label: t("backups.detail.cluster"), value: cluster },
          {
            label: t("backups.detail.storage"),
            value: `${displayText(backup.storage)} (${displayText(backup.storageType)})`,
          },
          ...(backup.place === null
            ? []
            : [{ label: t("places.liesIn"), value: <LiesIn place={backup.place} /> }]),
          { label: t("backups.detail.created"), value: <Age at={backup.createdAt} /> },
          { label: t("backups.detail.size"), value: <Bytes value={backup.size} /> },
          { label: t("backups.detail.format"), value: displayText(backup.format) },
          { label: t("backups.detail.verification"), value: verificationText(backup) },
          {
            label: t("backups.detail.protected"),
            value: t(backup.protected ? "guests.value.yes" : "guests.value.no"),
          },
          {
            label: t("backups.detail.encrypted"),
            value: t(backup.encrypted ? "guests.value.yes" : "guests.value.no"),
          },
          {
            label: t("backups.detail.note"),
            value: noteText(backup.notes) === "" ? t("backups.detail.noNote") : noteText(backup.notes),
          },
          { label: t("backups.detail.volid"), value: <code>{displayText(backup.volid)}</code> },
          { label: t("backups.detail.seen"), value: <Age at={backup.seenAt} /> },
        ]}
      />
    </Drawer>
  );
}

/** The datastore that its storage is; opens it. */
function LiesIn({ place }: { readonly place: NonNullable<Backup["place"]> }) {
  const server = displayText(useClusterName(place.serverId));
  const { store, namespace } = place;
  return (
    <Link href={datastorePath({ clusterId: place.serverId, store })}>
      {t("places.datastore", {
        store: displayText(namespace === "" ? store : `${store}/${namespace}`, 300),
        server,
      })}
    </Link>
  );
}

function verificationText(backup: Backup): string {
  if (backup.verification === "ok") return t("backups.verified");
  return t(backup.verification === "failed" ? "backups.verifyFailed" : "backups.notVerified");
}

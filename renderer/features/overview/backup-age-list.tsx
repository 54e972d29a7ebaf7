import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useClusterName } from "../../stores/stores.ts";
import { Age } from "../../ui/age.tsx";
import { guestPath, places } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import classes from "./overview.module.css";

import type { BackupAges } from "./overview-lists.ts";
import type { Guest } from "../../../shared/guest.ts";

/** The table of guests, sorted by their newest backup, shows the rest. */
const maxGuests = 10;

/** Guests whose newest backup is old, the oldest first, and how many cannot be judged. */
export function BackupAgeList({ ages }: { readonly ages: BackupAges }) {
  const more = ages.old.length - maxGuests;
  return (
    <>
      <ul className={classes.list}>
        {ages.old.slice(0, maxGuests).map((guest) => (
          <li key={`${guest.clusterId}/${guest.node}/${guest.vmid}`}>
            <GuestLine guest={guest} />
          </li>
        ))}
      </ul>
      {more <= 0 ? null : (
        <p className={classes.none}>
          <Link href={places.guests}>{t("overview.old.more", { count: more })}</Link>
        </p>
      )}
      {ages.unknown === 0 ? null : (
        <p className={classes.none}>{t("overview.old.unknown", { count: ages.unknown })}</p>
      )}
    </>
  );
}

function GuestLine({ guest }: { readonly guest: Guest }) {
  const cluster = useClusterName(guest.clusterId);
  return (
    <div className={classes.line}>
      <Link href={guestPath(guest)} className={classes.thing ?? ""}>
        {`${guest.vmid} ${displayText(guest.name, 64)}`}
      </Link>
      <span className={classes.where}>{displayText(cluster, 64)}</span>
      <span className={classes.since}>
        {guest.lastBackup.state === "known" ? <Age at={guest.lastBackup.at} /> : t("overview.old.none")}
      </span>
    </div>
  );
}

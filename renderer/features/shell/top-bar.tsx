import { UnstyledButton } from "@mantine/core";
import { Search } from "lucide-react";
import { Fragment } from "react";
import { Link, useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useClusters, useGuests, useJobs } from "../../stores/stores.ts";
import { t } from "../../ui/text.ts";
import { openPalette } from "./palette.tsx";
import { placeOf } from "./places.ts";
import { ServerHealth } from "./server-health.tsx";
import classes from "./shell.module.css";

/** Where one is · the way to anything · how the servers are. */
export function TopBar() {
  return (
    <section className={classes.top} aria-label={t("shell.top")}>
      <PlaceName />
      <UnstyledButton className={classes.search} onClick={openPalette} aria-keyshortcuts="/ Control+K">
        <Search size={14} aria-hidden />
        <span className={classes.searchText}>{t("shell.search")}</span>
        <kbd className={classes.key} aria-hidden>
          {t("shell.search.key")}
        </kbd>
      </UnstyledButton>
      <ServerHealth />
    </section>
  );
}

function PlaceName() {
  const [path] = useLocation();
  const place = placeOf(path);
  const thing = useThingName(path);
  const parts = thing === null ? [] : [thing];
  return (
    <div className={classes.place}>
      {parts.length === 0 ? (
        <span className={classes.here}>{t(place.label)}</span>
      ) : (
        <Link href={place.path}>{t(place.label)}</Link>
      )}
      {parts.map((part) => (
        <Fragment key={part}>
          <span aria-hidden>/</span>
          <span className={classes.here}>{part}</span>
        </Fragment>
      ))}
    </div>
  );
}

/** The one thing that a path names: a guest, a job's guest, a cluster. */
function useThingName(path: string): string | null {
  const [, place, first, second, third] = path.split("/");
  const guest = useGuests((set) =>
    place === "guests" && third !== undefined ? set.byKey.get(`${first}/${second}/${third}`) : undefined,
  );
  const job = useJobs((set) => (place === "jobs" && first !== undefined ? set.byKey.get(first) : undefined));
  const cluster = useClusters((set) =>
    place === "servers" && first !== undefined ? set.byKey.get(first) : undefined,
  );
  if (guest !== undefined) return `${guest.vmid} ${displayText(guest.name, 64)}`;
  if (place === "guests" && third !== undefined) return third;
  if (job !== undefined) return `${job.request.guest.vmid} ${displayText(job.request.guest.name, 64)}`;
  return cluster === undefined ? null : displayText(cluster.name, 64);
}

import { Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { Link, useLocation } from "wouter";

import { useOpenJobs, useSettings, useStores } from "../../stores/stores.ts";
import { t } from "../../ui/text.ts";
import { isUnder, places, settingsPlace, type Place } from "./places.ts";
import { Logo } from "./logo.tsx";
import classes from "./rail.module.css";

/** The way to every view; 48 px closed, 200 px open. */
export function Rail() {
  const open = useSettings((settings) => settings.railOpen);
  const { settings } = useStores();
  const running = useOpenJobs().length;
  const Toggle = open ? PanelLeftClose : PanelLeftOpen;
  return (
    <nav className={classes.rail} data-open={open} aria-label={t("shell.rail")}>
      <div className={classes.brand}>
        <Logo />
        {open ? <span className={classes.name}>{t("app.name")}</span> : null}
      </div>
      <ul className={classes.places}>
        {places.map((place) => (
          <RailItem
            key={place.path}
            place={place}
            open={open}
            {...(place.path === "/jobs" && running > 0 ? { count: running } : {})}
          />
        ))}
      </ul>
      <ul className={classes.foot}>
        <RailItem place={settingsPlace} open={open} />
        <li>
          <UnstyledButton
            className={classes.item}
            aria-expanded={open}
            aria-label={open ? t("shell.rail.close") : t("shell.rail.open")}
            onClick={() => settings.set({ railOpen: !open })}
          >
            <Toggle size={16} aria-hidden className={classes.icon} />
            {open ? <span className={classes.label}>{t("shell.rail.close")}</span> : null}
          </UnstyledButton>
        </li>
      </ul>
    </nav>
  );
}

function RailItem({
  place,
  open,
  count,
}: {
  readonly place: Place;
  readonly open: boolean;
  readonly count?: number;
}) {
  const [path] = useLocation();
  const here = isUnder(path, place.path);
  const Icon = place.icon;
  const label = t(place.label);
  return (
    <li>
      <Tooltip label={label} position="right" disabled={open}>
        <Link
          href={place.path}
          className={classes.item ?? ""}
          {...(here ? { "aria-current": "page" as const } : {})}
        >
          <Icon size={16} aria-hidden className={classes.icon} />
          {open ? <span className={classes.label}>{label}</span> : <VisuallyHidden>{label}</VisuallyHidden>}
          {count === undefined ? null : (
            <span className={classes.count}>
              {count} <VisuallyHidden>{t("shell.rail.running")}</VisuallyHidden>
            </span>
          )}
        </Link>
      </Tooltip>
    </li>
  );
}

import { formatShare } from "../../shared/format.ts";
import classes from "./meter.module.css";
import { locale, t } from "./text.ts";

/** From here on little room is left. */
const nearlyFull = 0.9;

export interface MeterProps {
  /** 0–1; null where the server did not say: hatched. */
  readonly share: number | null;
  readonly label: string;
}

/** How much of something is used. */
export function Meter({ share, label }: MeterProps) {
  const known = share === null || !Number.isFinite(share) ? null : Math.min(1, Math.max(0, share));
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known === null ? 0 : Math.round(known * 100)}
      aria-valuetext={known === null ? t("ui.notSaid") : (formatShare(known, locale()) ?? "")}
      className={classes.meter}
      data-full={known !== null && known >= nearlyFull}
      data-unknown={known === null}
    >
      {known === null ? null : <div className={classes.used} style={{ transform: `scaleX(${known})` }} />}
    </div>
  );
}

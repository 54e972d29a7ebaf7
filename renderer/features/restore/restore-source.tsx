import { displayText } from "../../../shared/display-text.ts";
import { formatBytes, formatTime } from "../../../shared/format.ts";
import { Age } from "../../ui/age.tsx";
import { useNow } from "../../ui/clock.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { locale, t } from "../../ui/text.ts";
import classes from "./restore-dialog.module.css";
import { doubtsOf } from "./restore-draft.ts";

import type { RestoreOffer } from "./restore-draft.ts";

/** Which backup this is, of which guest, and whether that guest is still alive. */
export function RestoreSource({
  offer,
  storage,
  volid,
}: {
  readonly offer: RestoreOffer;
  readonly storage: string;
  readonly volid: string;
}) {
  const now = useNow(60_000);
  const doubts = doubtsOf(offer, volid, now);
  const type = t(`guests.type.${offer.guestType}`);
  const name =
    offer.sourceVmid === null ? displayText(offer.name) : `${offer.sourceVmid} ${displayText(offer.name)}`;
  const size = offer.size === null ? null : formatBytes(offer.size, locale());
  return (
    <div className={classes.source}>
      <p className={classes.sourceName}>
        {type} {name}
      </p>
      <p className={classes.dim}>
        {doubts.includes("time") ? (
          t("restore.source.ofUnknownTime")
        ) : (
          <>
            {t("restore.source.of", { time: formatTime(offer.createdAt) })} (<Age at={offer.createdAt} />)
          </>
        )}{" "}
        {t("restore.source.storage", { storage: displayText(storage) })}
        {size === null ? null : ` · ${size}`}
      </p>
      {offer.cores === null || offer.memory === null ? null : (
        <p className={classes.dim}>
          {t("restore.shape", {
            cores: offer.cores,
            memory: formatBytes(offer.memory, locale()) ?? "–",
            disks: offer.disks.length,
          })}
        </p>
      )}
      <p className={classes.dim}>{originalText(offer)}</p>
      {doubts.length === 0 ? null : (
        <Notice tone="attention">
          {doubts.map((doubt) => (
            <p key={doubt}>{t(`restore.doubt.${doubt}`, { volume: displayText(volid, 200) })}</p>
          ))}
        </Notice>
      )}
    </div>
  );
}

function originalText(offer: RestoreOffer): string {
  if (offer.sourceVmid === null) return t("restore.source.unknown");
  return t(offer.sourceRunning ? "restore.source.running" : "restore.source.stopped", {
    vmid: String(offer.sourceVmid),
  });
}

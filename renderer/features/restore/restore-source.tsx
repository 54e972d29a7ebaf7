import { displayText } from "../../../shared/display-text.ts";
import { formatBytes, formatTime } from "../../../shared/format.ts";
import { Age } from "../../ui/age.tsx";
import { locale, t } from "../../ui/text.ts";
import classes from "./restore-dialog.module.css";

import type { RestoreOffer } from "./restore-draft.ts";

/** Which backup this is, of which guest, and whether that guest is still alive. */
export function RestoreSource({
  offer,
  storage,
}: {
  readonly offer: RestoreOffer;
  readonly storage: string;
}) {
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
        {t("restore.source.of", { time: formatTime(offer.createdAt) })} (<Age at={offer.createdAt} />){" "}
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
    </div>
  );
}

function originalText(offer: RestoreOffer): string {
  if (offer.sourceVmid === null) return t("restore.source.unknown");
  return t(offer.sourceRunning ? "restore.source.running" : "restore.source.stopped", {
    vmid: String(offer.sourceVmid),
  });
}

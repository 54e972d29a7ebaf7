import { Radio } from "@mantine/core";

import { displayText } from "../../../shared/display-text.ts";
import { choose } from "../../ui/choose.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import classes from "./backup-dialog.module.css";
import { limitWays, type BackupOffer, type LimitWay, type StorageOffer } from "./backup-draft.ts";

export interface LimitChoiceProps {
  readonly offer: BackupOffer;
  readonly storage: StorageOffer;
  readonly value: LimitWay | null;
  /** The copy is to be protected anyhow, which the rule does not count. */
  readonly protectedAnyway: boolean;
  readonly onChange: (way: LimitWay) => void;
}

/** The storage's keep-N rule is reached: says so, and gives the ways past it that this account has. None deletes a copy. */
export function LimitChoice({ offer, storage, value, protectedAnyway, onChange }: LimitChoiceProps) {
  const ways = limitWays(offer, storage);
  const max = storage.limit?.max ?? 0;
  return (
    <Notice
      tone="attention"
      title={t("backup.limit.title", {
        storage: displayText(storage.storage),
        max,
        copies: storage.limit?.copies ?? 0,
      })}
    >
      {ways.length === 0 ? (
        t("backup.limit.stop")
      ) : (
        <Radio.Group
          aria-label={t("backup.limit.label")}
          value={protectedAnyway && value === null ? "protect" : (value ?? "")}
          onChange={(way) => {
            const chosen = choose(ways, way);
            if (chosen !== undefined) onChange(chosen);
          }}
        >
          {t("backup.limit.text")}
          <div className={classes.ways}>
            {ways.map((way) => (
              <Radio
                key={way}
                value={way}
                label={t(`backup.limit.${way}`)}
                description={t(`backup.limit.${way}.hint`, { max })}
              />
            ))}
          </div>
        </Radio.Group>
      )}
    </Notice>
  );
}

import { useId } from "react";

import { displayText } from "../../shared/display-text.ts";
import { formatBytes } from "../../shared/format.ts";
import { FieldError } from "./field-error.tsx";
import { Meter } from "./meter.tsx";
import classes from "./storage-choice.module.css";
import { locale, t } from "./text.ts";

export interface StorageOption {
  /** What is given back when it is chosen. */
  readonly value: string;
  readonly name: string;
  readonly type: string;
  /** Bytes; null = the server did not say. */
  readonly available: number | null;
  readonly total: number | null;
  /** Why it cannot be chosen; null = it can. */
  readonly problem: string | null;
  /** Stands in place of the room, for an option that is no storage. */
  readonly note?: string;
}

export interface StorageChoiceProps {
  readonly label: string;
  readonly options: readonly StorageOption[];
  readonly value: string | null;
  readonly error?: string | undefined;
  readonly onChange: (value: string) => void;
}

/** Storages to choose from, each with its free room as bar and figures. */
export function StorageChoice({ label, options, value, error, onChange }: StorageChoiceProps) {
  const name = useId();
  return (
    <div role="radiogroup" aria-labelledby={`${name}-label`}>
      <div id={`${name}-label`} className={classes.legend}>
        {label}
      </div>
      <div className={classes.choices}>
        {options.map((option) => (
          <label key={option.value} className={classes.choice}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.problem !== null}
              onChange={() => onChange(option.value)}
            />
            <span className={classes.name}>
              <span className={classes.id} title={displayText(option.name)}>
                {displayText(option.name)}
              </span>
              <span className={classes.type}>{displayText(option.type, 32)}</span>
            </span>
            <Room option={option} />
          </label>
        ))}
      </div>
      <FieldError>{error}</FieldError>
    </div>
  );
}

function Room({ option }: { readonly option: StorageOption }) {
  const words = option.problem ?? option.note;
  if (words !== undefined) {
    return (
      <span className={classes.wide} title={words}>
        {words}
      </span>
    );
  }
  const { available, total } = option;
  const share = available === null || total === null || total <= 0 ? null : 1 - available / total;
  const free = available === null ? null : formatBytes(available, locale());
  const whole = total === null ? null : formatBytes(total, locale());
  return (
    <>
      <Meter share={share} label={t("backup.storage.used", { storage: displayText(option.name) })} />
      <span className={classes.room}>
        {free === null || whole === null
          ? t("backup.storage.freeUnknown")
          : t("backup.storage.free", { free, total: whole })}
      </span>
    </>
  );
}

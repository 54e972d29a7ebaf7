import { TextInput } from "@mantine/core";
import { useRef } from "react";

import { t } from "../../ui/text.ts";
import classes from "./backup-dialog.module.css";
import { noteMaxLength, noteVariables, unknownVariables } from "./backup-draft.ts";

/** The note kept with a backup, with the variables that the server fills in one click away. */
export function NoteField({
  value,
  refused,
  onChange,
}: {
  readonly value: string;
  /** What the server said about it. */
  readonly refused: string | undefined;
  readonly onChange: (note: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const unknown = unknownVariables(value);
  const insert = (variable: string) => {
    const field = input.current;
    const from = field?.selectionStart ?? value.length;
    const to = field?.selectionEnd ?? value.length;
    onChange(`${value.slice(0, from)}{{${variable}}}${value.slice(to)}`);
    field?.focus();
  };
  return (
    <div>
      <TextInput
        ref={input}
        label={t("backup.note")}
        value={value}
        maxLength={noteMaxLength}
        error={
          unknown.length === 0
            ? refused
            : t("backup.note.unknownVariable", { variables: unknown.map((name) => `{{${name}}}`).join(", ") })
        }
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div className={classes.variables}>
        {t("backup.note.help")}
        {noteVariables.map((variable) => (
          <button
            key={variable}
            type="button"
            className={classes.variable}
            aria-label={t("backup.note.insert", { variable })}
            onClick={() => insert(variable)}
          >
            {`{{${variable}}}`}
          </button>
        ))}
      </div>
    </div>
  );
}

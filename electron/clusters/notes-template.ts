import { AppError } from "../../shared/errors.ts";

/** The server takes 1024 characters (pve-guest-common, PVE::VZDump::Common); bytes, to be safe with what it stores. */
const maxTemplateBytes = 1024;
const variable = /\{\{(?:cluster|guestname|node|vmid)\}\}/gu;

/**
 * A note as typed → `notes-template`. The trace goes to the end of the first line, because lists of backups carry only that line.
 * Backslash and line end are written as PVE::VZDump::Common reads them. Throws AppError backup.noteInvalid for unknown variables
 * (the server would refuse the whole backup) and for a note that is too long.
 */
export function notesTemplate(note: string, trace: string): string {
  const lines = note.replaceAll(/\r\n?/gu, "\n").trimEnd().split("\n");
  const first = lines[0] ?? "";
  lines[0] = first === "" ? `[${trace}]` : `${first} [${trace}]`;
  const template = lines.join("\n").replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  checkTemplate(template);
  return template;
}

function checkTemplate(template: string): void {
  if (Buffer.byteLength(template, "utf8") > maxTemplateBytes) throw noteInvalid();
  if (template.replaceAll(variable, "").includes("{{")) throw noteInvalid();
  if (hasControlCharacter(template)) throw noteInvalid();
}

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function noteInvalid(): AppError {
  return new AppError("backup.noteInvalid", { fields: { note: "backup.noteInvalid" } });
}

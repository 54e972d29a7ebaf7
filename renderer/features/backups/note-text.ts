import { displayText } from "../../../shared/display-text.ts";

/** Our trace in a note finds a lost launch again; a reader has no use for it. */
const traceAtEnd = /\s*\[pxm:[0-9A-HJKMNP-TV-Z]{26}\]\s*$/u;

/** A backup's note as a person wants it: safe to show and without our trace. */
export function noteText(notes: string, limit?: number): string {
  return displayText(notes.replace(traceAtEnd, ""), limit);
}

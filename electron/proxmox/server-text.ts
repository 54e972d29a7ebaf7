import { displayText } from "../../shared/display-text.ts";

/** A reason phrase can be 8 kB long; nobody reads more of an error than this. */
const maxLength = 1000;

/** The server's own words as they may be shown: trimmed, without blank lines, safe for the eye. */
export function serverText(text: string): string {
  return displayText(text.replaceAll(/\s*\r?\n\s*/gu, "\n").trim(), maxLength);
}

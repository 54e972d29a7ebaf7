/** Longest text that is shown; what is longer ends in "…". */
const defaultLimit = 4096;

const escapeSequence =
  // eslint-disable-next-line no-control-regex -- escape sequences are what is taken out
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/gu;
// eslint-disable-next-line no-control-regex -- as above; tab and newline stay
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;
/** Not seen, but they change what is: bidi overrides and isolates, zero width, tags, fillers. */
const invisible =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
/** Marks stacked on one letter; more only serve to paint over other lines. */
const manyMarks = /(\p{M}{8})\p{M}+/gu;

function visible(character: string): string {
  return `⟪U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟫`;
}

/**
 * Makes foreign text safe to show: no escape sequences or control characters, hidden direction marks made visible, lone
 * surrogates replaced, length capped (in code points). Newlines and tabs stay. For the eye only: what is stored or sent
 * stays as it was.
 */
export function displayText(text: string, limit: number = defaultLimit): string {
  const clean = text
    .slice(0, limit * 4)
    .toWellFormed()
    .replaceAll(escapeSequence, "")
    .replaceAll(/\r\n?/gu, "\n")
    .replaceAll(controls, "")
    .replaceAll(invisible, visible)
    .replaceAll(manyMarks, "$1");
  const letters = Array.from(clean);
  return letters.length <= limit ? clean : `${letters.slice(0, limit - 1).join("")}…`;
}

/** One line of a log, freed of colour codes, control characters and prefixes. */
export interface Line {
  readonly text: string;
  /** Level word in front of vzdump's and other workers' lines. */
  readonly level: "info" | "error" | "warn" | null;
  /** Stamp in seconds, comparable within one log only: some stamps have no zone, some no year. */
  readonly at: number | null;
}

/** Longer lines are cut in the middle for matching: a failed command is named at the start and its exit code stands at the end. */
const LINE_LIMIT = 8192;
const TAIL = 1024;

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d)): ?/;
const NODE_TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?: |$)/;
const SYSLOG = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) /;
const GUEST_PREFIX = /^\d{1,9}: (?=\d{4}-\d\d-\d\d |[A-Z][a-z]{2} [ \d]\d )/;
// oxlint-disable-next-line no-control-regex -- removing them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// oxlint-disable-next-line no-control-regex -- removing them is the purpose
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g;
// oxlint-disable-next-line no-control-regex -- removing them is the purpose
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** A line as a person would read it: no escape sequences, control characters as blanks, no blanks around. */
export function cleanLine(raw: string): string {
  const short = raw.length > LINE_LIMIT ? `${raw.slice(0, LINE_LIMIT - TAIL)} … ${raw.slice(-TAIL)}` : raw;
  if (!CONTROL.test(short)) return short.trim();
  return short.replace(ESCAPES, "").replace(CONTROLS, " ").trim();
}

function seconds(
  year: string | number,
  month: number,
  day: string,
  clock: readonly (string | undefined)[],
): number {
  const [hour, minute, second] = clock;
  return Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
}

interface Stamped {
  readonly rest: string;
  readonly at: number | null;
}

function stripDigitStamp(text: string): Stamped | null {
  const rfc = RFC3339.exec(text);
  if (rfc) {
    const [whole, year = "", month, day = "", hour, minute, second, sign, zoneHour, zoneMinute] = rfc;
    const zone =
      sign === undefined ? 0 : (Number(zoneHour) * 3600 + Number(zoneMinute) * 60) * (sign === "-" ? -1 : 1);
    return {
      rest: text.slice(whole.length),
      at: seconds(year, Number(month) - 1, day, [hour, minute, second]) - zone,
    };
  }
  const node = NODE_TIME.exec(text);
  if (!node) return null;
  const [whole, year = "", month, day = "", hour, minute, second] = node;
  return {
    rest: text.slice(whole.length),
    at: seconds(year, Number(month) - 1, day, [hour, minute, second]),
  };
}

/** PVE up to 5 stamps like syslog, without a year: any leap year does, since only differences are used. */
function stripSyslogStamp(text: string): Stamped | null {
  const match = SYSLOG.exec(text);
  if (!match) return null;
  const [whole, month = "", day = "", hour, minute, second] = match;
  const index = MONTHS.indexOf(month);
  if (index < 0 || index % 3 !== 0) return null;
  return {
    rest: text.slice(whole.length),
    at: seconds(2000, index / 3, day, [hour, minute, second]),
  };
}

function stripStamp(text: string): Stamped {
  const first = text.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    const bare = text.replace(GUEST_PREFIX, "");
    return stripDigitStamp(bare) ?? stripSyslogStamp(bare) ?? { rest: text, at: null };
  }
  return (first >= 65 && first <= 90 ? stripSyslogStamp(text) : null) ?? { rest: text, at: null };
}

/** Reads the prefixes of every generation: `101: `, then a stamp, then the level word, each of them optional. */
export function parseLine(raw: string): Line {
  const { rest, at } = stripStamp(cleanLine(raw));
  if (rest.startsWith("INFO:")) return { text: rest.slice(5).trim(), level: "info", at };
  if (rest.startsWith("ERROR:")) return { text: rest.slice(6).trim(), level: "error", at };
  if (rest.startsWith("WARN:")) return { text: rest.slice(5).trim(), level: "warn", at };
  return { text: rest.trim(), level: null, at };
}

/** Seconds of a `YYYY-MM-DD HH:MM:SS` printed inside a line. */
export function parseNodeTime(text: string | undefined): number | null {
  return stripDigitStamp(text ?? "")?.at ?? null;
}

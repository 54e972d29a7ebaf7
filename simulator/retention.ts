import { localTime } from "./format.ts";

const KEYS = [
  "keep-last",
  "keep-hourly",
  "keep-daily",
  "keep-weekly",
  "keep-monthly",
  "keep-yearly",
] as const;
type KeepKey = (typeof KEYS)[number];

/** A prune-backups rule: numbers per period, or `keep-all`. */
export type PruneRule = { readonly [key in KeepKey | "keep-all"]?: number };
export type Mark = "keep" | "remove" | "protected" | "renamed";
type Prunable = { readonly ctime: number; readonly protected?: boolean };

/** A rule from its property string (`keep-last=2,keep-daily=3`). Throws the text of a parameter error. */
export function parsePruneRule(text: string): PruneRule {
  const rule: Record<string, number> = {};
  const unknown: string[] = [];
  for (const part of text.split(/[,;\s]+/).filter(Boolean)) {
    const [key = "", value = ""] = part.split("=");
    if (key !== "keep-all" && !KEYS.includes(key as KeepKey)) unknown.push(key);
    rule[key] = Number(value);
  }
  if (unknown.length > 0) {
    const lines = unknown.map(
      (key) =>
        `prune-backups.${key}: property is not defined in schema and the schema does not allow additional properties\n`,
    );
    throw new Error(`invalid format - format error\n${lines.join("")}`);
  }
  if (rule["keep-all"] && Object.keys(rule).length > 1) {
    throw new Error("invalid format - keep-all cannot be set together with other options.\n");
  }
  return rule;
}

/** The rule as a property string, keys in the given order. */
export function pruneRuleText(rule: PruneRule, separator = ","): string {
  return Object.entries(rule)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(separator);
}

/** Whether the rule ever removes anything: `keep-all` or no number above zero keeps all. */
export function keepsAll(rule: PruneRule | null): boolean {
  return rule === null || Boolean(rule["keep-all"]) || KEYS.every((key) => !rule[key]);
}

/** The number of copies a rule can hold, the limit of vzdump with remove=0. 0 = no limit. */
export function keepSum(rule: PruneRule | null): number {
  if (rule === null || keepsAll(rule)) return 0;
  return KEYS.reduce((sum, key) => sum + (rule[key] ?? 0), 0);
}

function isoWeek(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const weekday = date.getUTCDay() || 7;
  date.setUTCDate(date.getUTCDate() + 4 - weekday);
  const start = Date.UTC(date.getUTCFullYear(), 0, 1);
  return `${date.getUTCFullYear()}/${Math.ceil(((date.getTime() - start) / 86_400_000 + 1) / 7)}`;
}

function periodOf(key: KeepKey, ctime: number, timeZone: string): string {
  if (key === "keep-last") return String(ctime);
  const at = localTime(ctime, timeZone);
  const date = `${at.year}/${at.month}/${at.day}`;
  switch (key) {
    case "keep-hourly":
      return `${date}/${at.hour}`;
    case "keep-daily":
      return date;
    case "keep-weekly":
      return isoWeek(at.year, at.month, at.day);
    case "keep-monthly":
      return `${at.year}/${at.month}`;
    case "keep-yearly":
      return String(at.year);
    default:
      return key satisfies never;
  }
}

/** One option's pass over a group, newest first (pve-storage, prune_mark_backup_group). */
function pass<T extends Prunable>(
  group: readonly T[],
  marks: Map<T, Mark>,
  key: KeepKey,
  slots: number,
  timeZone: string,
): void {
  const period = (backup: T): string => periodOf(key, backup.ctime, timeZone);
  const covered = new Set(group.filter((backup) => marks.get(backup) === "keep").map(period));
  const opened = new Set<string>();
  for (const backup of group) {
    if (marks.has(backup)) continue;
    const name = period(backup);
    if (covered.has(name)) continue;
    if (opened.has(name)) {
      marks.set(backup, "remove");
      continue;
    }
    if (opened.size >= slots) return;
    opened.add(name);
    marks.set(backup, "keep");
  }
}

/** What a rule does to the backups of one guest. Protected ones neither count nor go. */
export function markBackups<T extends Prunable>(
  backups: readonly T[],
  rule: PruneRule | null,
  timeZone: string,
): Map<T, Mark> {
  const marks = new Map<T, Mark>();
  const countable = backups
    .filter((backup) => !backup.protected)
    .toSorted((left, right) => right.ctime - left.ctime);
  if (rule !== null && !keepsAll(rule)) {
    for (const key of KEYS) if (rule[key]) pass(countable, marks, key, rule[key], timeZone);
  }
  const rest: Mark = keepsAll(rule) ? "keep" : "remove";
  for (const backup of backups) {
    if (backup.protected) marks.set(backup, "protected");
    else if (!marks.has(backup)) marks.set(backup, rest);
  }
  return marks;
}

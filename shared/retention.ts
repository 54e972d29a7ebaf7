import { z } from "zod";

/** In the order in which a server applies them. */
export const keepRules = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
export type KeepRule = (typeof keepRules)[number];

const countSchema = z.number().int().min(1).max(9999).optional();

/** How many to keep of each kind; without any, a server removes nothing. */
export const keepSchema = z
  .object({
    last: countSchema,
    hourly: countSchema,
    daily: countSchema,
    weekly: countSchema,
    monthly: countSchema,
    yearly: countSchema,
  })
  .refine((keep) => keepRules.some((rule) => keep[rule] !== undefined), "keeps everything");
export type Keep = z.infer<typeof keepSchema>;

/** `keep-last=3, keep-daily=7`, as Proxmox writes it. */
export function keepText(keep: Keep): string {
  return keepRules
    .flatMap((rule) => (keep[rule] === undefined ? [] : [`keep-${rule}=${String(keep[rule])}`]))
    .join(", ");
}

/** What becomes of a snapshot, and why. `partial`: the newest of all, while it is still being written. */
export type Mark = KeepRule | "protected" | "partial" | "remove";

export interface Prunable {
  /** ms since the epoch. */
  readonly time: number;
  readonly protected: boolean;
  readonly unfinished: boolean;
}

/** The name of the period that a time lies in, for each rule, by the clock of a time zone. */
type PeriodOf = (rule: KeepRule, time: number) => string;

const dayMs = 24 * 60 * 60 * 1000;

function isoWeek(year: number, month: number, day: number): string {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  // The Thursday of a week decides which year it belongs to.
  const thursday = date + (3 - weekday) * dayMs;
  const weekYear = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(weekYear, 0, 1)) / (7 * dayMs)) + 1;
  return `${String(weekYear)}-W${String(week)}`;
}

function periodsIn(timeZone: string): PeriodOf {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    hourCycle: "h23",
  });
  return (rule, time) => {
    if (rule === "last") return String(time);
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 0, day = 0, hour = 0] = (["year", "month", "day", "hour"] as const).map((part) =>
      parts.get(part),
    );
    const names: Readonly<Record<Exclude<KeepRule, "last">, string>> = {
      hourly: [year, month, day, hour].join("-"),
      daily: [year, month, day].join("-"),
      weekly: isoWeek(year, month, day),
      monthly: [year, month].join("-"),
      yearly: String(year),
    };
    return names[rule];
  };
}

/** One rule's pass over what has no mark yet, newest first: the first of each period is kept while there are slots. */
function applyRule(
  marks: Map<Prunable, Mark>,
  newestFirst: readonly Prunable[],
  rule: KeepRule,
  slots: number,
  periodOf: PeriodOf,
): void {
  const kept = newestFirst.filter((one) => isKeepRule(marks.get(one)));
  const covered = new Set(kept.map(({ time }) => periodOf(rule, time)));
  const opened = new Set<string>();
  for (const one of newestFirst) {
    if (marks.has(one)) continue;
    const period = periodOf(rule, one.time);
    if (covered.has(period)) continue;
    if (opened.has(period)) marks.set(one, "remove");
    else if (opened.size >= slots) return;
    else {
      opened.add(period);
      marks.set(one, rule);
    }
  }
}

function isKeepRule(mark: Mark | undefined): boolean {
  return keepRules.some((rule) => rule === mark);
}

/**
 * What a backup server's prune does to one group, with the rule that keeps each snapshot (proxmox-backup, pbs-datastore,
 * prune.rs). The server's own dry run is the truth; this tells its reasons.
 */
export function markSnapshots<T extends Prunable>(
  snapshots: readonly T[],
  keep: Keep,
  timeZone: string,
): ReadonlyMap<T, Mark> {
  const marks = new Map<Prunable, Mark>();
  const newestFirst = snapshots.toSorted((a, b) => b.time - a.time);
  for (const [index, one] of newestFirst.entries()) {
    if (one.protected) marks.set(one, "protected");
    else if (one.unfinished) marks.set(one, index === 0 ? "partial" : "remove");
  }
  const periodOf = periodsIn(timeZone);
  for (const rule of keepRules) {
    const slots = keep[rule];
    if (slots !== undefined) applyRule(marks, newestFirst, rule, slots, periodOf);
  }
  return new Map(newestFirst.map((one) => [one, marks.get(one) ?? "remove"]));
}

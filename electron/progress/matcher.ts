import type { Line } from "./line.ts";

/** What a line starts with, a pattern the rest must meet from its first character on (null: any rest), and what it tells. */
export type Rule = readonly [
  starts: string,
  rest: RegExp | null,
  tell: (found: readonly (string | undefined)[], line: Line) => void,
];

/**
 * Finds the rule a line meets and lets it speak; false when none does.
 * Rules are sorted by first character, so that a line is held against a handful and not against all: logs have many lines.
 * Rules that start with nothing are tried last, on every line.
 */
export function createMatcher(rules: readonly Rule[]): (line: Line) => boolean {
  const byFirst = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = rule[0].charAt(0);
    const bucket = byFirst.get(key);
    if (bucket) bucket.push(rule);
    else byFirst.set(key, [rule]);
  }
  const loose = byFirst.get("") ?? [];
  const tryAll = (bucket: readonly Rule[], line: Line): boolean => {
    for (const [starts, rest, tell] of bucket) {
      if (!line.text.startsWith(starts)) continue;
      const found =
        rest === null ? [] : rest.exec(starts === "" ? line.text : line.text.slice(starts.length));
      if (found === null) continue;
      tell(found, line);
      return true;
    }
    return false;
  };
  return (line) => {
    if (line.text === "") return false;
    const bucket = byFirst.get(line.text.charAt(0));
    return (bucket !== undefined && tryAll(bucket, line)) || tryAll(loose, line);
  };
}

import { isoStamp } from "../../format.ts";
import { keepsAll, type PruneRule } from "../../retention.ts";
import { markGroup, type Marked } from "../prune.ts";
import { createCourse, groupName, placeName } from "../tasks/steps.ts";
import type { Step } from "../tasks/task.ts";
import type { Group } from "../world.ts";

const MOST_DEPTH = 7;
/** Taking a snapshot away is a matter of a directory. */
const REMOVE_MS = 40;

function options(rule: PruneRule, ns: string, maxDepth: number | null): string {
  const keeps = Object.entries(rule).map(([key, count]) => `--${key} ${count}`);
  return [
    ...(ns === "" ? [] : [`--ns ${ns}`]),
    ...(maxDepth === null ? [] : [`--max-depth ${maxDepth}`]),
    ...keeps,
  ].join(" ");
}

const removal = (
  store: string,
  group: Group,
  { snapshot }: Marked,
): Parameters<ReturnType<typeof createCourse>["do"]>[0] => ({
  kind: "snapshot-remove",
  place: { store, ns: group.ns, type: group.type, id: group.id },
  time: snapshot.time,
});

/** The pruning of one group, oldest snapshots first. */
export function pruneGroupSteps(
  store: string,
  group: Group,
  rule: PruneRule,
  timeZone: string,
): readonly Step[] {
  const course = createCourse();
  const keepAll = keepsAll(rule);
  if (keepAll) course.say("No prune selection - keeping all files.");
  else {
    course.say(`retention options: ${options(rule, group.ns, null)}`);
    course.say(`Starting prune on ${placeName(store, group.ns)} group "${groupName(group)}"`);
  }
  for (const marked of markGroup(group, rule, timeZone)) {
    course.say(`${groupName(group)}/${isoStamp(marked.snapshot.time)} ${marked.mark}`);
    if (keepAll || marked.mark !== "remove") continue;
    course.do(removal(store, group, marked));
    course.wait(REMOVE_MS);
  }
  return course.end("OK");
}

export type PruneWish = {
  readonly store: string;
  readonly ns: string;
  readonly maxDepth: number | null;
  /** Those that the caller may prune. */
  readonly groups: readonly Group[];
  readonly rule: PruneRule;
  readonly dryRun: boolean;
  /** Set when a job runs. */
  readonly head: readonly string[];
  readonly timeZone: string;
};

function depthWords(maxDepth: number | null): string {
  const depth = maxDepth ?? MOST_DEPTH;
  if (depth === MOST_DEPTH) return "down to full depth";
  return depth > 0 ? `to depth ${depth}` : "non-recursive";
}

/** The pruning of a datastore or namespace. */
export function pruneSteps(wish: PruneWish): readonly Step[] {
  const course = createCourse();
  const { store, ns, rule, dryRun, maxDepth } = wish;
  const keepAll = keepsAll(rule);
  course.say(...wish.head, `Starting datastore prune on ${placeName(store, ns)}, ${depthWords(maxDepth)}`);
  if (dryRun) course.say("(dry test run)");
  course.say(
    keepAll ? "No prune selection - keeping all files." : `retention options: ${options(rule, ns, maxDepth)}`,
  );
  for (const group of wish.groups) {
    course.wait(REMOVE_MS);
    course.say(`Pruning group ${group.ns}:"${groupName(group)}"`);
    for (const marked of markGroup(group, rule, wish.timeZone)) {
      course.say(
        `${dryRun ? "would " : ""}${marked.mark} ${groupName(group)}/${isoStamp(marked.snapshot.time)}`,
      );
      if (keepAll || dryRun || marked.mark !== "remove") continue;
      course.do(removal(store, group, marked));
      course.wait(REMOVE_MS);
    }
  }
  return course.end("OK");
}

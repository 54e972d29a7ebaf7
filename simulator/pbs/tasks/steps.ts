import type { Step } from "./task.ts";

type Effect = Extract<Step, { effect: unknown }>["effect"];

/** Collects a task's steps along a running clock. */
export type Course = {
  readonly wait: (milliseconds: number) => void;
  readonly say: (...lines: readonly string[]) => void;
  readonly do: (effect: Effect) => void;
  /** All steps so far: somebody else decides how it goes on. */
  readonly open: () => readonly Step[];
  /** All steps, ended with these words. */
  readonly end: (exit: string) => readonly Step[];
};

export function createCourse(): Course {
  const steps: Step[] = [];
  let at = 0;
  return {
    wait: (milliseconds) => {
      at += milliseconds;
    },
    say: (...lines) => {
      for (const line of lines) steps.push({ at, line });
    },
    do: (effect) => {
      steps.push({ at, effect });
    },
    open: () => steps,
    end: (exit) => [...steps, { at, effect: { kind: "end", exit } }],
  };
}

/** `type/id`, and with a namespace before it as in logs. */
export const groupName = (group: { readonly type: string; readonly id: string }): string =>
  `${group.type}/${group.id}`;

/** `datastore 'main', namespace 'a'` or `…, root namespace`. */
export const placeName = (store: string, ns: string): string =>
  `datastore '${store}', ${ns === "" ? "root namespace" : `namespace '${ns}'`}`;

/** How far a walk over groups has come, in the server's words. */
export function progress(
  groups: { readonly done: number; readonly total: number },
  snapshots: { readonly done: number; readonly total: number },
): string {
  const inGroup = snapshots.total === 0 ? 0 : snapshots.done / snapshots.total;
  const share = groups.total === 0 ? 1 : (groups.done + inGroup) / groups.total;
  const percent = `${(share * 100).toFixed(2)}%`;
  if (groups.total === 1)
    return `percentage done: ${percent} (${snapshots.done}/${snapshots.total} snapshots)`;
  if (snapshots.done === snapshots.total)
    return `percentage done: ${percent} (${groups.done + 1}/${groups.total} groups)`;
  const where = `${snapshots.done}/${snapshots.total} snapshots in group #${groups.done + 1}`;
  return `percentage done: ${percent} (${groups.done}/${groups.total} groups, ${where})`;
}

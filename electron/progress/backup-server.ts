import type { GuestProgress } from "../../shared/progress.ts";
import type { Draft, GuestDraft } from "./draft.ts";
import {
  addWarning,
  guestOf,
  notePercent,
  raiseBytes,
  raisePercent,
  setStep,
  settle,
  shorten,
} from "./draft.ts";
import { saysAborted } from "./exit.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { parseBytes, parseCount, parseVmid } from "./units.ts";

const MIB = 1024 ** 2;
/** Garbage collection counts twice to a hundred: marking, then sweeping. */
const MARK_SHARE = 0.5;
/** A group of a guest in a datastore, with or without namespace; hosts have names and are no guests. */
const GROUP = /(?:^|[\s:"/])(vm|ct)\/(\d{1,9})(?=[\s"/]|$)/;

function groupOf(draft: Draft, text: string): GuestDraft | null {
  const match = GROUP.exec(text);
  const vmid = parseVmid(match?.[2]);
  if (vmid === null) return null;
  const type: GuestProgress["type"] = match?.[1] === "vm" ? "vm" : "ct";
  return guestOf(draft, vmid, type);
}

function verifyRules(draft: Draft): readonly Rule[] {
  let read = 0;
  /** The end names what was found bad; newer servers say no more of it anywhere else. */
  let listing = false;
  const bad = (text: string): void => {
    addWarning(draft, text);
    if (draft.current === null) return;
    draft.current.error ??= shorten(text);
    settle(draft.current, "failed");
  };
  const enter = (text: string): void => {
    const guest = groupOf(draft, text);
    if (guest !== draft.current && draft.current !== null) settle(draft.current, "ok");
    draft.current = guest;
    setStep(draft, "verifying", typeof guest?.vmid === "number" ? { vmid: guest.vmid } : {});
  };
  return [
    ["Starting datastore verify job", null, () => setStep(draft, "verifying")],
    ["found ", /^(\d+) groups/, ([, count]) => expectMore(draft, count)],
    [
      "verify ",
      /^\S+ failed: /,
      (_, line) => {
        const guest = groupOf(draft, line.text);
        if (guest !== null) draft.current = guest;
        bad(line.text);
      },
    ],
    ["verify datastore ", null, () => setStep(draft, "verifying")],
    ["verify ", /^(.*)$/, ([, rest = ""]) => enter(rest)],
    [
      "verified ",
      /^(\d+(?:\.\d+)?)\/\d+(?:\.\d+)? MiB in \d+(?:\.\d+)? seconds, speed (\d+(?:\.\d+)?)\/\S+ MiB\/s \((\d+) errors\)/,
      ([, amount, speed, errors], line) => {
        read += Number(amount) * MIB;
        raiseBytes(draft, parseCount(String(Math.round(read))), null, false);
        draft.rate = parseCount(String(Number(speed) * MIB));
        if (parseCount(errors) !== 0) bad(line.text);
      },
    ],
    [
      "Failed to verify the following snapshots",
      null,
      () => {
        listing = true;
      },
    ],
    [
      "",
      /^(?:[\w./-]+:)?(?:vm|ct)\/\d+(?:\/\S+)?$/,
      (_, line) => {
        const guest = listing ? groupOf(draft, line.text) : null;
        if (guest === null) return;
        guest.error ??= "verification failed";
        settle(guest, "failed");
      },
    ],
    ["can't verify chunk", null, (_, line) => bad(line.text)],
    ["chunk ", /^\S+ was marked as corrupt/, (_, line) => bad(line.text)],
    [
      "SKIPPED: verify ",
      null,
      (_, line) => {
        if (line.text.includes("lock")) addWarning(draft, line.text);
      },
    ],
  ];
}

function expectMore(draft: Draft, count: string | undefined): void {
  const more = parseCount(count);
  if (more !== null)
    draft.guestsExpected = Math.min((draft.guestsExpected ?? 0) + more, Number.MAX_SAFE_INTEGER);
}

function gcRules(draft: Draft): readonly Rule[] {
  const tell = (text: string | undefined, from: number, share: number): void => {
    const percent = parseCount(text);
    notePercent(draft, percent);
    raisePercent(draft, percent === null ? null : (from + (share * Math.min(percent, 100)) / 100) * 100);
  };
  return [
    ["Start GC phase1", null, () => setStep(draft, "marking")],
    [
      "Start GC phase2",
      null,
      () => {
        raisePercent(draft, MARK_SHARE * 100);
        setStep(draft, "sweeping");
      },
    ],
    ["marked ", /^(\d+)% \(/, ([, percent]) => tell(percent, 0, MARK_SHARE)],
    ["processed ", /^(\d+)% \(/, ([, percent]) => tell(percent, MARK_SHARE, 1 - MARK_SHARE)],
    ["percentage done: ", /^(\d+), chunk count/, ([, percent]) => tell(percent, MARK_SHARE, 1 - MARK_SHARE)],
    ["Removed garbage: ", null, () => setStep(draft, "finishing")],
    ["warning: ", /^(.*)$/, ([, text = ""]) => addWarning(draft, text)],
  ];
}

function pruneRules(draft: Draft): readonly Rule[] {
  let kept = 0;
  let removed = 0;
  const count = (mark: string | undefined): void => {
    if (mark === "remove") removed += 1;
    else kept += 1;
    setStep(draft, "pruning", { kept, removed });
  };
  return [
    ["Pruning group ", null, () => setStep(draft, "pruning", { kept, removed })],
    ["failed to remove ", null, (_, line) => addWarning(draft, line.text)],
    [
      "",
      /^(?:would )?(keep|remove|protected|keep-partial) [^\s/]+\/[^\s/]+\/[^\s/]+Z$/,
      ([, mark]) => count(mark),
    ],
    ["", /^[^\s/]+\/[^\s/]+\/[^\s/]+Z (keep|remove|protected|keep-partial)$/, ([, mark]) => count(mark)],
  ];
}

function syncRules(draft: Draft): readonly Rule[] {
  let bytes = 0;
  const expect = ([, count]: readonly (string | undefined)[]): void => expectMore(draft, count);
  const failed = (_: unknown, line: Line): void => addWarning(draft, line.text);
  return [
    ["found ", /^(\d+) groups to sync/, expect],
    ["Found ", /^(\d+) groups to sync/, expect],
    ["sync snapshot ", /^(\S+)/, ([, snapshot = ""]) => setStep(draft, "syncing", { snapshot })],
    ["re-sync snapshot ", /^(\S+)/, ([, snapshot = ""]) => setStep(draft, "syncing", { snapshot })],
    ["sync group ", /^\S+ failed - /, failed],
    ["Syncing datastore ", null, () => setStep(draft, "syncing")],
    [
      "downloaded ",
      /^(\d+(?:\.\d+)? ?(?:bytes|[KMGTP]?i?B)) \((\d+(?:\.\d+)? ?[KMGTP]?i?B)\/s\)/,
      ([, size, speed]) => {
        bytes += parseBytes(size?.replace("bytes", "B")) ?? 0;
        raiseBytes(draft, bytes, null, false);
        draft.rate = parseBytes(speed);
      },
    ],
    [
      "Summary: sync job ",
      /^(?:pulled|pushed) (\d+(?:\.\d+)? [KMGTP]?i?B) in/,
      ([, size]) => raiseBytes(draft, parseBytes(size), null, false),
    ],
  ];
}

function transferRules(draft: Draft): readonly Rule[] {
  let size = 0;
  const enter = ([, path = ""]: readonly (string | undefined)[]): void => {
    draft.current = groupOf(draft, path);
    draft.archive = shorten(path);
    if (draft.current !== null) draft.current.archive = draft.archive;
    setStep(draft, draft.operation === "pbs-reader" ? "reading-chunks" : "uploading");
  };
  const fail = ([, reason = ""]: readonly (string | undefined)[]): void => {
    draft.error ??= shorten(reason);
    if (draft.current === null) return;
    draft.current.error ??= shorten(reason);
    settle(draft.current, saysAborted(reason) ? "aborted" : "failed");
  };
  const finished = (): void => {
    draft.looksComplete = true;
    setStep(draft, "finishing");
  };
  return [
    ["starting new backup on datastore ", /"([^"]+)"/, enter],
    ["starting new backup reader datastore ", /"([^"]+)"/, enter],
    [
      "Size: ",
      /^(\d+)$/,
      ([, bytes]) => {
        size += parseCount(bytes) ?? 0;
        raiseBytes(draft, size, null, true);
      },
    ],
    ["Automatically verifying newly added snapshot", null, () => setStep(draft, "verifying")],
    ["backup failed: ", /^(.*)$/, fail],
    ["backup ended and finish failed: ", /^(.*)$/, fail],
    ["removing ", /^(?:failed|unfinished) backup/, () => setStep(draft, "removing")],
    ["backup finished successfully", null, finished],
    ["reader finished successfully", null, finished],
  ];
}

const RULES: Readonly<Record<string, (draft: Draft) => readonly Rule[]>> = {
  "pbs-verify": verifyRules,
  "pbs-gc": gcRules,
  "pbs-prune": pruneRules,
  "pbs-sync": syncRules,
  "pbs-backup": transferRules,
  "pbs-reader": transferRules,
};

/** Reads the tasks of a backup server: verify, garbage collection, prune, sync, and both ends of a backup or restore. */
export function createBackupServerReader(draft: Draft): (line: Line) => void {
  let first: number | null = null;
  const tellPercent = (found: readonly (string | undefined)[]): void => {
    const percent = parseCount(found[1]);
    notePercent(draft, percent);
    raisePercent(draft, percent);
    if (percent === 100 && draft.operation === "pbs-verify" && draft.current !== null)
      settle(draft.current, "ok");
  };
  const match = createMatcher([
    ...(RULES[draft.operation]?.(draft) ?? []),
    ["percentage done: ", /^(\d+(?:\.\d+)?)%/, tellPercent],
    ["Percentage done: ", /^(\d+(?:\.\d+)?)%/, tellPercent],
    ["received abort request", null, () => setStep(draft, "aborting")],
  ]);
  return (line) => {
    match(line);
    if (line.at === null) return;
    first ??= line.at;
    draft.durationSeconds = Math.max(draft.durationSeconds ?? 0, line.at - first);
  };
}

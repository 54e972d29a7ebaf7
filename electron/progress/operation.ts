import type { Operation } from "../../shared/progress.ts";
import { OPERATIONS } from "../../shared/progress.ts";

const TYPES: Readonly<Record<string, Operation>> = {
  move_volume: "vzmove",
  pctmove: "vzmove",
  hamigrate: "qmigrate",
  qmdelsnapshot: "qmsnapshot",
  qmrollback: "qmsnapshot",
  vzdelsnapshot: "vzsnapshot",
  vzrollback: "vzsnapshot",
  startall: "bulk",
  stopall: "bulk",
  suspendall: "bulk",
  migrateall: "bulk",
  "bulk-start": "bulk",
  "bulk-shutdown": "bulk",
  "bulk-suspend": "bulk",
  "bulk-migrate": "bulk",
  "pbs-download": "download",
  upload: "imgcopy",
  verificationjob: "pbs-verify",
  verify: "pbs-verify",
  verify_group: "pbs-verify",
  verify_snapshot: "pbs-verify",
  garbage_collection: "pbs-gc",
  prune: "pbs-prune",
  prunejob: "pbs-prune",
  syncjob: "pbs-sync",
  sync: "pbs-sync",
  backup: "pbs-backup",
  reader: "pbs-reader",
};

/** Variants of a kind, as a person may name a saved log: `vzdump-guestlog`, `qmigrate-remote`, `pbs-syncjob-push`. */
const VARIANT = /-(?:guestlog|mail|remote|push|pull)$/;
const POWER = /^(?:qm|vz|ha)(?:start|stop|shutdown|reboot|reset|suspend|resume|pause|destroy)$/;

const isOperation = (word: string): word is Operation => (OPERATIONS as readonly string[]).includes(word);

/** The operation behind a task type of a UPID (or an operation's own name); `other` for what we do not read. */
export function operationOf(taskType: string): Operation {
  const full = taskType.trim().replace(VARIANT, "");
  if (isOperation(full)) return full;
  const word = full.replace(/^pbs-/, "");
  const known = Object.hasOwn(TYPES, full)
    ? TYPES[full]
    : Object.hasOwn(TYPES, word)
      ? TYPES[word]
      : undefined;
  if (known) return known;
  return POWER.test(word) ? "power" : "other";
}

import { cleanLine } from "./line.ts";

/**
 * What the lines of each kind of log look like, the surest first. Kinds are task types, or variants of them that `operationOf`
 * understands. Lines of a backup server have a stamp in front, so their signs stand anywhere in a line.
 */
const SIGNS: readonly (readonly [sign: RegExp, kind: string])[] = [
  [/^VMID +Name +Status +Time +Size/im, "vzdump-mail"],
  [/^INFO: starting new backup job: vzdump/m, "vzdump"],
  [/Requesting HA migration for /m, "hamigrate"],
  [/: started tunnel worker [^]*starting migration of CT /m, "vzmigrate-remote"],
  [/: started tunnel worker /m, "qmigrate-remote"],
  [/^(?:\S+ +){0,3}(?:shutdown CT \d+$|starting migration of CT \d+ to )/m, "vzmigrate"],
  [
    /^(?:\S+ +){0,3}(?:ERROR: )?(?:starting migration of VM \d+ to |migration (?:aborted|active|status|finished)\b)/m,
    "qmigrate",
  ],
  [
    /^(?:\d+: )?(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [ \d]\d) \d\d:\d\d:\d\d (?:INFO|WARN|ERROR): /m,
    "vzdump-guestlog",
  ],
  [/^(?:INFO|ERROR): /m, "vzdump"],
  [/could not (?:get storage information for|activate storage) '|can't acquire lock '\S*vzdump/m, "vzdump"],
  [
    /^restore (?:vma archive|proxmox backup image): |^starting VM for live-restore|^progress \d+% \(read \d+ bytes|unable to restore VM |^error before or during data restore/m,
    "qmrestore",
  ],
  [/^recovering backed-up configuration from |^restoring '[^']+' now|unable to restore CT /m, "vzrestore"],
  [/^extracting archive '[^']*vzdump-/m, "vzrestore"],
  [/^extracting archive '/m, "vzcreate"],
  [/^saving VM state|^snapshotting '/m, "qmsnapshot"],
  [/^create (?:full|linked) clone of mountpoint /m, "vzclone"],
  [/Starting datastore verify job '/m, "pbs-verificationjob"],
  [
    /(?:^|: )verify (?:datastore|group) |(?:^|: )verify \S*\b(?:vm|ct|host)\/[^\s/]+\/[^\s/]+Z$/m,
    "pbs-verify",
  ],
  [
    /garbage collection on store|Start GC phase|^(?:\S+ )?marked \d+% \(|(?:^|: )percentage done: \d+, chunk count/m,
    "pbs-garbage_collection",
  ],
  [/sync datastore '[^']*' to '|job \(?pushed|found no new data to push/m, "pbs-syncjob-push"],
  [/Starting datastore sync job/m, "pbs-syncjob"],
  [/^(?:\S+ )?pull datastore '/m, "pbs-sync-pull"],
  [/Syncing datastore '|(?:^|: )(?:re-)?sync (?:snapshot|group|archive) /m, "pbs-syncjob"],
  [/(?:^|: )prune job '|Starting datastore prune on datastore/m, "pbs-prunejob"],
  [
    /retention options: --keep|Pruning group |Starting prune on|(?:^|: )(?:would )?(?:keep|remove) (?:vm|ct|host)\/[^\s/]+\/[^\s/]+Z$/m,
    "pbs-prune",
  ],
  [/starting new backup reader datastore/m, "pbs-reader"],
  [/starting new backup on datastore/m, "pbs-backup"],
  [/^Stopping (?:VM|CT) \d+/m, "stopall"],
  [/^Shutting down (?:VM|CT) \d+/m, "bulk-shutdown"],
  [/^Suspending (?:all )?guests/m, "bulk-suspend"],
  [/^Suspending VM \d+/m, "suspendall"],
  [/^Migrating (?:all )?guests/m, "bulk-migrate"],
  [/^Migrating (?:VM|CT) \d+|precondition check/m, "migrateall"],
  [/^Starting (?:all )?guests/m, "bulk-start"],
  [/^Starting (?:VM|CT) \d+/m, "startall"],
  [/^starting file import from: /m, "imgcopy"],
  [/^Removed volume '|cannot remove protected volume '/m, "imgdel"],
  [/^removing backup '|^running 'proxmox-backup-client prune'/m, "prunebackups"],
  [/^Starting download of file: /m, "pbs-download"],
  [/^\d+K [. ]+\d+%|^downloading https?:/m, "download"],
  [/^Number of files: [^]*^Total transferred file size: /m, "vzmove"],
  [/WARN: volume deactivation failed: /m, "qmclone"],
];

/**
 * Clones and moves of a VM's disks begin alike. A move completes the mirror into the new disk, a clone cancels it; a move may
 * remove the old disk, and all its volumes belong to the one guest; a move's tail has nothing but the mirror.
 */
function guessCopy(text: string): "qmclone" | "qmmove" | null {
  const copies = text.match(/^create (?:full|linked) clone of drive /gm)?.length ?? 0;
  if (copies === 0)
    return /^(?:drive|mirror)-\w+: (?:transferred|Completing|Completed)|^drive mirror is starting/m.test(text)
      ? "qmmove"
      : null;
  if (copies > 1 || /^create linked clone/m.test(text)) return "qmclone";
  if (/: Completing block job|storage migration failed/m.test(text)) return "qmmove";
  if (/^Removing image: |successfully removed/m.test(text) && !/^TASK ERROR/m.test(text)) return "qmmove";
  if (/: Cancelling block job|clone failed/m.test(text)) return "qmclone";
  const owners = [...text.matchAll(/\b(?:vm|base)-(\d{1,9})-disk/g)].map(([, vmid]) => vmid);
  return owners.length > 1 && new Set(owners).size === 1 ? "qmmove" : "qmclone";
}

/** No sign stands further inside a line. */
const LINE_HEAD = 400;

/** Names the kind of a saved log by its words; `other` when nothing is typical. */
export function guessKind(head: readonly string[]): string {
  const text = head.map((line) => cleanLine(line.slice(0, LINE_HEAD))).join("\n");
  const sign = SIGNS.find(([pattern]) => pattern.test(text))?.[1];
  if (sign === undefined || sign === "qmclone") return guessCopy(text) ?? sign ?? "other";
  return sign;
}

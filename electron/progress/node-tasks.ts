import type { Draft } from "./draft.ts";
import { guestOf, notePercent, raiseBytes, raisePercent, setStep, settle, shorten } from "./draft.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { parseBytes, parseCount, parseVmid } from "./units.ts";

const typeOf = (word: string | undefined): "qemu" | "lxc" => (word === "CT" ? "lxc" : "qemu");

/**
 * Reads bulk actions, a node's and (since PVE 9.1) a cluster's. Each guest has a task of its own which alone knows how it went: the parent mostly ends OK
 * whatever became of them, so guests stay running here until a line says more.
 */
export function createBulkReader(draft: Draft): (line: Line) => void {
  const act = ([, word, id]: readonly (string | undefined)[]): void => {
    const vmid = parseVmid(id);
    if (vmid === null) return;
    draft.current = guestOf(draft, vmid, typeOf(word));
    setStep(draft, "guest-action", { vmid });
  };
  const skip = (word: string | undefined, id: string | undefined, reason: string | undefined): void => {
    const vmid = parseVmid(id);
    const guest = vmid === null ? null : guestOf(draft, vmid, typeOf(word));
    if (!guest) return;
    guest.error ??= reason === undefined ? null : shorten(reason);
    settle(guest, "skipped");
  };
  const fail = ([, word, id, reason = ""]: readonly (string | undefined)[]): void => {
    const vmid = parseVmid(id);
    const guest = vmid === null ? null : guestOf(draft, vmid, typeOf(word));
    if (!guest) return;
    guest.error ??= shorten(reason);
    settle(guest, "failed");
  };
  const rules: readonly Rule[] = [
    ["waiting for quorum", null, () => setStep(draft, "waiting-for-quorum")],
    ["got quorum", null, () => setStep(draft, "starting")],
    ["Starting ", /^(VM|CT) (\d+) failed: (.*)$/, fail],
    ["Starting ", /^(VM|CT) (\d+)/, act],
    ["Stopping ", /^(VM|CT) (\d+) failed: (.*)$/, fail],
    ["Stopping ", /^(VM|CT) (\d+)/, act],
    ["Shutting down ", /^(VM|CT) (\d+)/, act],
    ["Suspending ", /^(VM|CT) (\d+)/, act],
    ["Migrating ", /^(VM|CT) (\d+) failed: (.*)$/, fail],
    ["Migrating ", /^(VM|CT) (\d+)/, act],
    [
      "Waiting for ",
      /^(\d+) seconds/,
      ([, seconds]) => setStep(draft, "waiting", { seconds: parseCount(seconds) ?? 0 }),
    ],
    ["skip ", /^(VM|CT) (\d+) - (.*)$/, ([, word, id, reason]) => skip(word, id, reason)],
    ["Check VM ", /^\d+: skip (VM) (\d+) - (.*)$/, ([, word, id, reason]) => skip(word, id, reason)],
    ["Skipping ", /^(VM|CT) (\d+), (.*)$/, ([, word, id, reason]) => skip(word, id, reason)],
    ["skipping ", /^(\d+), (.*)$/, ([, id, reason]) => skip("CT", id, reason)],
    ["VM ", /^(\d+) already on (.*)$/, ([, id, reason]) => skip("VM", id, `already on ${reason ?? ""}`)],
    ["CT ", /^(\d+) already on (.*)$/, ([, id, reason]) => skip("CT", id, `already on ${reason ?? ""}`)],
    ["VM ", /^(\d+) (not running, skipping.*)$/, ([, id, reason]) => skip("VM", id, reason)],
    ["All jobs finished", null, () => setStep(draft, "finishing")],
  ];
  const match = createMatcher(rules);
  return (line) => void match(line);
}

/** Reads work on a storage: uploads, downloads (the dots of wget), removed volumes, pruning. */
export function createStorageReader(draft: Draft): (line: Line) => void {
  const removing = (): void => setStep(draft, draft.operation === "prunebackups" ? "pruning" : "removing");
  const tellPercent = (text: string | undefined): void => {
    notePercent(draft, parseCount(text));
    raisePercent(draft, parseCount(text));
  };
  const rules: readonly Rule[] = [
    ["starting file import from: ", null, () => setStep(draft, "importing")],
    [
      "file size is: ",
      /^(\d+(?:\.\d+)?(?: ?[KMGTP]?i?B)?)/,
      ([, size]) => raiseBytes(draft, null, parseBytes(size), /^\d+$/.test(size ?? "")),
    ],
    ["calculating checksum", null, () => setStep(draft, "checking-sum")],
    ["finished file import successfully", null, () => setStep(draft, "finishing")],
    ["downloading ", null, () => setStep(draft, "downloading")],
    ["Starting download of file: ", null, () => setStep(draft, "downloading")],
    ["Length: ", /^(\d+) /, ([, size]) => raiseBytes(draft, null, parseCount(size), true)],
    [
      "Removed volume '",
      /^([^']+)'/,
      ([, volume = ""]) => {
        draft.archive ??= shorten(volume);
        removing();
      },
    ],
    ["removing backup '", null, removing],
    ["running 'proxmox-backup-client prune'", null, removing],
    [
      "",
      /^\(\d+(?:\.\d+)? [KMG]?B\/s\) - '[^']*' saved \[(\d+)\/(\d+)\]/,
      ([, done, total]) => raiseBytes(draft, parseCount(done), parseCount(total), true),
    ],
    [
      "",
      /^(\d+)K [. ]{1,80}?(\d+)%/,
      ([, kib, percent]) => {
        const start = parseCount(kib);
        tellPercent(percent);
        raiseBytes(draft, start === null ? null : start * 1024, null, false);
        setStep(draft, "downloading");
      },
    ],
  ];
  const match = createMatcher(rules);
  return (line) => void match(line);
}

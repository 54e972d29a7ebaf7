import { createBlockJobRules } from "./block-job.ts";
import type { Draft } from "./draft.ts";
import { identify, raiseBytes, raisePercent, setStep, settle, shorten } from "./draft.ts";
import { createDrives } from "./drives.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { mirrorToGuest, tellFailure } from "./move.ts";
import { createRate } from "./rate.ts";
import { BYTES, parseBytes, parseClock, parseCount, parseVmid } from "./units.ts";

const ACTIVE = new RegExp(String.raw`^(${BYTES}) of (${BYTES}) VM-state, (${BYTES})/s`);
const ACTIVE_RAW = /^\(transferred (\d+), remaining (\d+)\), total (\d+)\)/;

/** Where local disks go along, most of the time is theirs. */
const DISK_SHARE = 0.9;
/** Memory that changes is sent again: done may pass the total, so the end is never claimed from these lines. */
const RAM_CEILING = 99;

/** Reads migrations of VMs and containers, with their disks or without, also to another cluster. */
export function createMigrateReader(draft: Draft): (line: Line) => void {
  const drives = createDrives(draft, DISK_SHARE);
  const rate = createRate();
  let disks = 0;
  let ramTotal = 0;
  let lastError: string | null = null;

  const tellRam = (done: number | null, total: number | null, speed: number | null, exact: boolean): void => {
    ramTotal = Math.max(ramTotal, total ?? 0);
    const before = drives.bytes();
    const withRam = done === null ? null : before.done + Math.min(done, ramTotal);
    raiseBytes(draft, withRam, before.total + ramTotal, exact);
    draft.rate = speed;
    setStep(draft, "migrating-ram");
    if (done === null || ramTotal === 0) return;
    const base = disks > 0 || before.total > 0 ? DISK_SHARE * 100 : 0;
    raisePercent(draft, Math.min(RAM_CEILING, base + ((100 - base) * done) / ramTotal));
  };
  const tellDowntime = (text: string | undefined): void => {
    if (draft.current !== null) draft.current.downtimeMs = parseCount(text);
    setStep(draft, "completing");
  };
  const tellEnd = (clock: string | undefined): void => {
    draft.durationSeconds = parseClock(clock);
    if (draft.current !== null) draft.current.durationSeconds = draft.durationSeconds;
    setStep(draft, "finishing");
  };

  const rules: readonly Rule[] = [
    [
      "starting migration of ",
      /^(VM|CT) (\d+) to (?:remote )?node '([^']+)'/,
      ([, kind, id, node = ""]) => {
        identify(draft, parseVmid(id), kind === "CT" ? "lxc" : "qemu");
        if (draft.current !== null) draft.current.target = shorten(node);
        setStep(draft, "preparing", { node: shorten(node) });
      },
    ],
    [
      "Requesting HA migration for ",
      /^(VM|CT) (\d+) to node (\S+)/,
      ([, kind, id, node = ""]) => {
        identify(draft, parseVmid(id), kind === "CT" ? "lxc" : "qemu");
        if (draft.current === null) return;
        draft.current.target = node;
        // The request was taken; the migration itself is a later task of the HA manager's.
        settle(draft.current, "unknown");
      },
    ],
    ["found ", /^(?:local|generated) (?:disk|volume) '/, () => drives.expect((disks += 1))],
    ["copying local disk images", null, () => setStep(draft, "copying-disks")],
    ["copying disk images", null, () => setStep(draft, "copying-disks")],
    ["starting VM ", null, () => setStep(draft, "starting-guest")],
    ["starting storage migration", null, () => setStep(draft, "mirroring")],
    ["starting online/live migration", null, () => setStep(draft, "migrating-ram")],
    ["total estimated size is ", /^(\S+)$/, ([, size]) => raiseBytes(draft, null, parseBytes(size), false)],
    ["successfully imported '", null, () => setStep(draft, "copying-disks")],
    [
      "migration active, transferred ",
      ACTIVE,
      ([, done, total, speed]) => tellRam(parseBytes(done), parseBytes(total), parseBytes(speed), false),
    ],
    [
      "migration status: active ",
      ACTIVE_RAW,
      ([, sent, remaining, total], line) => {
        const whole = parseCount(total);
        const left = parseCount(remaining);
        // What remains tells more than what was sent: zero pages are done without being sent.
        const done = whole !== null && left !== null ? Math.max(0, whole - left) : parseCount(sent);
        tellRam(done, whole, rate(parseCount(sent), line.at), true);
      },
    ],
    ["average migration speed: ", /downtime (\d+) ms/, ([, downtime]) => tellDowntime(downtime)],
    ["migration speed: ", /downtime (\d+) ms/, ([, downtime]) => tellDowntime(downtime)],
    ["migration completed, ", null, () => setStep(draft, "completing")],
    [
      // Spelt with one l up to PVE 3.
      "migration finished successful",
      /^l?y \(duration (\d+:\d\d:\d\d)\)/,
      ([, clock]) => {
        tellEnd(clock);
        draft.looksComplete = true;
      },
    ],
    [
      "migration finished with problems ",
      /^\(duration (\d+:\d\d:\d\d)\)/,
      ([, clock], line) => {
        tellEnd(clock);
        draft.error ??= lastError ?? line.text;
      },
    ],
    [
      "migration aborted ",
      /^\(duration (\d+:\d\d:\d\d)\): ?(.*)$/,
      ([, clock, reason = ""]) => {
        tellEnd(clock);
        tellFailure(draft, reason);
      },
    ],
    [
      "",
      /^(\d+) bytes \([^)]*\) copied, [\d.]+ s/,
      ([, bytes]) => raiseBytes(draft, parseCount(bytes), null, true),
    ],
    [
      "",
      /^\d\d:\d\d:\d\d\s+(\d[\d.]*[BKMGTP])\s+\S+@/,
      ([, size]) => raiseBytes(draft, parseBytes(size), null, false),
    ],
    ...createBlockJobRules(draft, drives),
  ];
  const match = createMatcher(rules);
  return (line) => {
    match(line);
    if (line.level === "error" && line.text !== "") lastError = shorten(line.text);
    mirrorToGuest(draft);
  };
}

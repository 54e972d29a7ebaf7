import type { Draft } from "./draft.ts";
import { identify, raiseBytes, setStep } from "./draft.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { mirrorToGuest } from "./move.ts";
import { createRate } from "./rate.ts";
import { BYTES, DURATION, parseBytes, parseDuration, parseVmid } from "./units.ts";

const SAVED = new RegExp(String.raw`^(${BYTES}) in (${DURATION})$`);
const COMPLETED = new RegExp(String.raw`^in (${DURATION}), saved (${BYTES})`);
const VOLUME = /\b(?:vm|subvol|base)-(\d{1,9})-(?:disk|state)/;

/** Reads snapshots. With memory there are bytes but no total, so no percentage; without, only the disks' names or nothing. */
export function createSnapshotReader(draft: Draft): (line: Line) => void {
  const rate = createRate();
  const type = draft.operation === "vzsnapshot" ? "lxc" : "qemu";
  const tell = (bytes: string | undefined, elapsed: string | undefined, complete: boolean): void => {
    const done = parseBytes(bytes);
    const seconds = parseDuration(elapsed);
    raiseBytes(draft, done, complete ? done : null, false);
    draft.rate = rate(done, seconds);
    if (seconds !== null) draft.elapsedSeconds = Math.max(draft.elapsedSeconds ?? 0, seconds);
    setStep(draft, complete ? "completing" : "saving-ram");
  };
  const rules: readonly Rule[] = [
    ["saving VM state", null, () => setStep(draft, "saving-ram")],
    ["completed saving the VM state ", COMPLETED, ([, elapsed, bytes]) => tell(bytes, elapsed, true)],
    [
      "snapshotting '",
      /^([^']+)'/,
      ([, disk = ""]) => {
        draft.looksComplete = true;
        setStep(draft, "snapshotting", { disk: disk.replace(/^drive-/, "") });
      },
    ],
    [
      "snapshot create failed",
      null,
      () => {
        draft.looksComplete = false;
        setStep(draft, "aborting");
      },
    ],
    ["", SAVED, ([, bytes, elapsed]) => tell(bytes, elapsed, false)],
  ];
  const match = createMatcher(rules);
  return (line) => {
    match(line);
    if (draft.current === null) identify(draft, parseVmid(VOLUME.exec(line.text)?.[1]), type);
    mirrorToGuest(draft);
    if (draft.current !== null && draft.bytesTotal !== null)
      draft.current.durationSeconds = draft.elapsedSeconds;
  };
}

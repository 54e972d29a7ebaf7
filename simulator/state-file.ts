import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Certificate } from "./certificate.ts";
import type { ClockState } from "./clock.ts";
import type { Settings } from "./state.ts";
import type { Task } from "./tasks/task.ts";
import type { World } from "./world.ts";

/** All that a restarted server needs to look as if it had never stopped. */
export type Saved = {
  readonly version: 2;
  readonly world: World;
  readonly tasks: Task[];
  readonly clock: ClockState;
  readonly settings: Settings;
  readonly seed: number;
  readonly nextPid: number;
  readonly secret: string;
  /** The first node's port, so that a registered address stays true; 0 before the first start. */
  readonly port: number;
  readonly certificates: readonly (readonly [node: string, certificate: Certificate])[];
};

/** What was saved, or null on the first start. */
export function readState(file: string): Saved | null {
  if (!existsSync(file)) return null;
  const saved = JSON.parse(readFileSync(file, "utf8")) as Saved;
  if (saved.version !== 2) throw new Error(`${file} was written by another version of the simulator`);
  return saved;
}

/** Replaces the file in one step, so that a kill leaves the old or the new state, never half of one. */
export function writeState(file: string, saved: Saved): void {
  writeFileSync(`${file}.new`, JSON.stringify(saved), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

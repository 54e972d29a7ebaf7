import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Certificate } from "./certificate.ts";
import type { ClockState } from "./clock.ts";
import type { Settings } from "./state.ts";
import type { Task } from "./tasks/task.ts";
import type { World } from "./world.ts";

/** Raised when what is kept changes its shape. */
export const STATE_VERSION = 2;

/** All that a restarted server needs to look as if it had never stopped. */
export type Saved = {
  readonly version: typeof STATE_VERSION;
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

/** What was saved; null on the first start, or when another version saved it, whose world is then begun anew. */
export function readState(file: string): { readonly version: number } | null {
  if (!existsSync(file)) return null;
  const saved = JSON.parse(readFileSync(file, "utf8")) as { readonly version: number };
  return saved.version === STATE_VERSION ? saved : null;
}

/** Replaces the file in one step, so that a kill leaves the old or the new state, never half of one. */
function writeState(file: string, saved: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(saved), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export type Keeper = {
  /** Notes that a restart would lose something. */
  readonly changed: () => void;
  /** Writes what changed since the last time. */
  readonly save: (port: number) => void;
};

/** Keeps a state in a file; without one it does nothing. `snapshot` is asked for all of it, with the port now in use. */
export function createKeeper(
  file: string | undefined,
  savedPort: number,
  snapshot: (port: number) => { readonly version: typeof STATE_VERSION },
): Keeper {
  let dirty = true;
  let saidPort = savedPort;
  return {
    changed: () => {
      dirty = true;
    },
    save: (port) => {
      if (file === undefined || (!dirty && port === saidPort)) return;
      [dirty, saidPort] = [false, port];
      writeState(file, snapshot(port));
    },
  };
}

import type { Behaviour } from "../behaviours.ts";
import type { OpenId } from "../access/openid.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger.ts";
import { ApiError } from "../errors.ts";
import type { BackupTask } from "./tasks/task.ts";
import type { BackupWorld, Datastore, Group, Snapshot } from "./world.ts";

/** What a Backup Server is at this moment. Everything but the functions is plain data. */
export type BackupState = {
  readonly world: BackupWorld;
  readonly tasks: BackupTask[];
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly settings: BackupSettings;
  readonly openid: OpenId;
  /** Called after each change that a restart must not lose. */
  readonly changed: () => void;
};

/** Switches that tests turn; kept over restarts. */
export type BackupSettings = {
  /** Finished tasks the server remembers. */
  taskIndexSize: number;
  /** Whether jobs run by their schedules; they are looked at when somebody asks the server something. */
  schedules: boolean;
  /** Delay of a failed login in milliseconds. */
  loginFailureDelay: number;
  /** Behaviours that are switched off (see ../behaviours.ts). */
  without: Behaviour[];
};

/** What any failed handler becomes: 400 with the message as the whole body. */
export const failed = (message: string): ApiError => new ApiError(400, message);
/** A refusal; without a word on what is missing when that would tell of things the caller may not know. */
export const refused = (missing = ""): ApiError =>
  new ApiError(403, `permission check failed${missing === "" ? "" : ` - missing ${missing}`}`);

export const datastoreOf = (world: BackupWorld, store: string): Datastore | undefined =>
  world.datastores.find((one) => one.store === store);

export const groupOf = (datastore: Datastore, ns: string, type: string, id: string): Group | undefined =>
  datastore.groups.find((one) => one.ns === ns && one.type === type && one.id === id);

export const snapshotOf = (group: Group, time: number): Snapshot | undefined =>
  group.snapshots.find((one) => one.time === time);

export const sizeOf = (snapshot: Snapshot): number =>
  snapshot.files.reduce((sum, file) => sum + file.size, 0);

/** Namespaces at and below one, itself included, in the order in which the server walks them. */
export function namespacesBelow(datastore: Datastore, ns: string, maxDepth: number): readonly string[] {
  const depthOf = (name: string): number => (name === "" ? 0 : name.split("/").length);
  const all = ["", ...datastore.namespaces];
  return all
    .filter((name) => ns === "" || name === ns || name.startsWith(`${ns}/`))
    .filter((name) => depthOf(name) - depthOf(ns) <= maxDepth)
    .toSorted((left, right) => (left < right ? -1 : 1));
}

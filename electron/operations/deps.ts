import type { Audience } from "../clusters/attention.ts";
import type { BackupPlaces } from "../clusters/backup-places.ts";
import type { BackupReader } from "../clusters/backup-reader.ts";
import type { Clusters } from "../clusters/clusters.ts";
import type { Datastores } from "../clusters/datastores.ts";
import type { Demo } from "../clusters/demo.ts";
import type { Inventory } from "../clusters/inventory.ts";
import type { TaskLists } from "../clusters/task-lists.ts";
import type { Host } from "../host.ts";
import type { Hub } from "../hub.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { KeptLogs } from "../jobs/read-log.ts";
import type { TaskWatch } from "../jobs/watch-task.ts";
import type { Log } from "../log.ts";
import type { Output } from "../../shared/operations.ts";
import type { Audit } from "../store/audit.ts";
import type { Backups } from "../store/backups.ts";
import type { SettingsStore } from "../store/settings.ts";
import type { Store } from "../store/store.ts";
import type { Vault } from "../store/vault.ts";
import type { Confirmations } from "./confirmations.ts";

/** What the operations work with; each area takes the part it needs. */
export interface Deps {
  readonly info: Readonly<Pick<Output<"app.info">, "version" | "dataDirectory" | "readOnly" | "recovered">>;
  readonly host: Host;
  readonly hub: Hub;
  readonly log: Log;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A new id that nobody can guess: for drafts that the main process mints itself. */
  readonly newId: () => string;
  readonly settings: SettingsStore;
  readonly vault: Vault;
  readonly store: Store;
  readonly audit: Audit;
  readonly audience: Audience;
  readonly clusters: Clusters;
  readonly inventory: Inventory;
  readonly datastores: Datastores;
  readonly backups: Backups;
  readonly backupReader: BackupReader;
  readonly backupPlaces: BackupPlaces;
  readonly jobs: Jobs;
  readonly taskLists: TaskLists;
  readonly taskWatch: TaskWatch;
  readonly keptLogs: KeptLogs;
  readonly confirmations: Confirmations;
  readonly demo: Demo;
}

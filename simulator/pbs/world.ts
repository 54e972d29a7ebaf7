import type { PbsVersion } from "../profiles/pbs.ts";
import type { AclEntry, Guest, User } from "../world.ts";

export type BackupType = "vm" | "ct" | "host";

export type SnapshotFile = {
  readonly filename: string;
  readonly size: number;
  readonly crypt: "none" | "encrypt" | "sign-only";
};

export type Snapshot = {
  /** Epoch second. */
  readonly time: number;
  /** What its manifest lists. */
  files: SnapshotFile[];
  /** Whether the manifest (index.json.blob) is there; without it a backup never ended, or is still running. */
  finished: boolean;
  notes: string | null;
  protected: boolean;
  verification: { readonly state: "ok" | "failed"; readonly upid: string } | null;
  /** Of the key it is encrypted with, `xx:xx:…`. */
  fingerprint: string | null;
  /** A chunk of it is damaged: the next verification finds that. */
  corrupt: boolean;
  /** The guest as it was, for a cluster that restores it. */
  guest: Guest | null;
};

export type Group = {
  ns: string;
  readonly type: BackupType;
  readonly id: string;
  /** The authentication id that made it; a token is another owner than its user. */
  owner: string;
  notes: string;
  snapshots: Snapshot[];
};

/** What the last garbage collection counted. */
export type GcStatus = {
  upid: string | null;
  "index-file-count": number;
  "index-data-bytes": number;
  "disk-bytes": number;
  "disk-chunks": number;
  "removed-bytes": number;
  "removed-chunks": number;
  "pending-bytes": number;
  "pending-chunks": number;
  "removed-bad": number;
  "still-bad": number;
};

export type Maintenance = { readonly type: "offline" | "read-only"; readonly message: string | null };

export type Datastore = {
  readonly store: string;
  comment: string | null;
  readonly path: string;
  /** Bytes of the file system it lies on. */
  total: number;
  used: number;
  /** Share used, one value each `historyDelta` seconds, the last one now; null where nothing was recorded. */
  history: (number | null)[];
  historyDelta: number;
  maintenance: Maintenance | null;
  mountStatus: "mounted" | "notmounted" | "nonremovable";
  gcSchedule: string | null;
  gc: GcStatus;
  verifyNew: boolean;
  /** All but the root, which is always there. */
  namespaces: string[];
  groups: Group[];
};

export type JobKind = "sync" | "verify" | "prune";
/** A job as its configuration says, in the API's own spelling. */
export type Job = { readonly id: string; readonly store: string; readonly [option: string]: JobValue };
export type JobValue = string | number | boolean | readonly string[];

export type Remote = {
  readonly name: string;
  /** What stands on the other side. */
  readonly datastores: Datastore[];
  host: string;
  port?: number;
  "auth-id": string;
  password: string;
  fingerprint?: string;
  comment?: string;
  "use-node-proxy"?: boolean;
};

export type Token = {
  readonly tokenid: string;
  secret: string;
  enable: boolean;
  expire: number;
  comment: string | null;
};

export type Realm = {
  readonly realm: string;
  readonly type: "pam" | "pbs" | "openid" | "ldap" | "ad";
  readonly comment: string | null;
  readonly default: boolean;
};

export type FinishedTask = {
  readonly upid: string;
  readonly endtime: number;
  /** `OK`, `WARNINGS: n`, `unknown`, or what went wrong. */
  readonly exit: string;
  /** Each with its time stamp. */
  readonly lines: readonly string[];
};

/** Everything a Backup Server is. Plain data: it survives JSON unchanged. */
export type BackupWorld = {
  version: PbsVersion;
  node: string;
  timeZone: string;
  bootedAt: number;
  /** The proxy daemon: one process for all tasks, with another number after each restart. */
  daemon: { pid: number; pstart: number; nextTask: number };
  datastores: Datastore[];
  jobs: Record<JobKind, Job[]>;
  /** `sync:id`, `verify:id`, `prune:id`, `gc:store` → the UPID of the last run. */
  lastRuns: Record<string, string>;
  remotes: Remote[];
  realms: Realm[];
  users: User[];
  tokens: Token[];
  acl: AclEntry[];
  history: FinishedTask[];
};

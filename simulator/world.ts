import type { LogRecipe } from "./logs/recipe.ts";
import type { PveVersion } from "./profiles/pve.ts";
import type { PruneRule } from "./retention.ts";

export type GuestType = "qemu" | "lxc";

export type Disk = {
  readonly key: string;
  readonly storage: string;
  readonly volume: string;
  readonly size: number;
  /** Bytes that are not zero; the rest is read fast and needs no room. */
  readonly used: number;
  readonly options?: string;
};

export type Snapshot = {
  readonly name: string;
  readonly description: string;
  readonly snaptime: number;
  readonly vmstate: boolean;
};

export type Guest = {
  vmid: number;
  type: GuestType;
  node: string;
  name: string;
  status: "running" | "stopped" | "paused";
  template: boolean;
  tags: string[];
  pool: string | null;
  cores: number;
  /** MiB. */
  memory: number;
  disks: Disk[];
  lock: string | null;
  /** Epoch second of the last start; 0 while stopped. */
  startedAt: number;
  /** Whether the QEMU guest agent answers. */
  agent: boolean;
  /** Whether it goes down when asked to; if not, a shutdown ends in a timeout. */
  obeysShutdown: boolean;
  mac: string;
  unprivileged: boolean;
  protection: boolean;
  description: string | null;
  snapshots: Snapshot[];
  /** Backup Server storages that hold a valid dirty bitmap of this running VM. */
  bitmaps: string[];
  /** Average CPU share 0..1 and memory share 0..1, for the figures shown. */
  load: number;
  memoryShare: number;
  /** Epoch second of creation. */
  createdAt: number;
};

export type BackupVolume = {
  storage: string;
  /** null on a shared storage. */
  node: string | null;
  /** What follows `storage:` in the volume id. */
  name: string;
  vmid: number;
  subtype: GuestType;
  ctime: number;
  format: string;
  size: number;
  notes: string | null;
  protected: boolean;
  verification: { state: "ok" | "failed"; upid: string } | null;
  encrypted: string | null;
  /** The guest as it was; null = as it is now. */
  guest: Guest | null;
  /** A file that was cut short: its restore fails. */
  truncated: boolean;
};

type StorageType = "dir" | "nfs" | "pbs" | "lvmthin" | "rbd";

export type Storage = {
  storage: string;
  type: StorageType;
  content: string[];
  shared: boolean;
  enabled: boolean;
  /** Nodes that see it; null = all. */
  nodes: string[] | null;
  path: string;
  server: string | null;
  prune: PruneRule | null;
  maxProtected: number | null;
  /** Why it cannot be used at present; null = it works. */
  broken: string | null;
  /** Bytes by node, `*` on a shared storage. */
  usage: Record<string, { total: number; used: number }>;
};

/** Nobody listens, nobody answers at all, it takes the connection and no more, shows a foreign certificate, or has no address. */
export type NodeFailure = "refused" | "timeout" | "hung" | "certificate" | "nameless";

export type NodeState = {
  node: string;
  nodeid: number;
  address: string;
  online: boolean;
  /** How calls that are proxied to it fail while it is down. */
  failure: NodeFailure;
  cores: number;
  /** Bytes. */
  memory: number;
  rootTotal: number;
  rootUsed: number;
  bootedAt: number;
  load: number;
};

export type User = {
  readonly userid: string;
  readonly password: string;
  readonly enabled: boolean;
  readonly comment: string | null;
  readonly totpSecret: string | null;
  recoveryCodes: string[];
  /** The first twelve letters of the codes of a Yubico key. */
  readonly yubicoKey?: string;
  /** A key that answers only to the server's own web page. */
  readonly securityKey?: "webauthn" | "u2f";
  /** The last TOTP step used: a code works once. */
  lastTotpStep: number;
};

export type Token = {
  readonly id: string;
  readonly secret: string;
  readonly privsep: boolean;
  readonly expire: number;
};
export type AclEntry = {
  path: string;
  ugid: string;
  type: "user" | "token";
  roleid: string;
  propagate: boolean;
};
export type Pool = { readonly poolid: string; readonly comment: string | null };
export type HaResource = { sid: string; vmid: number; state: "started" | "stopped"; group: string | null };

/** A backup job of the cluster, in the spelling of GET /cluster/backup. */
export type BackupJob = {
  readonly id: string;
  readonly [option: string]: string | number | Readonly<Record<string, string>>;
};

export type FinishedTask = {
  readonly upid: string;
  readonly endtime: number;
  readonly exit: string;
  readonly log: LogRecipe;
};

/** Everything a cluster is. Plain data: it survives JSON unchanged. */
export type World = {
  version: PveVersion;
  /** null = a single node that was never joined to a cluster. */
  cluster: string | null;
  timeZone: string;
  nodes: NodeState[];
  guests: Guest[];
  storages: Storage[];
  backups: BackupVolume[];
  pools: Pool[];
  jobs: BackupJob[];
  users: User[];
  tokens: Token[];
  roles: Record<string, string[]>;
  acl: AclEntry[];
  ha: HaResource[];
  history: FinishedTask[];
};

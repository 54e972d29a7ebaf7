import { ROLES } from "../access/roles.ts";
import {
  ADMIN,
  APP_TOKEN,
  AUDITOR,
  NOBODY,
  NO_ACL_TOKEN,
  OPERATOR,
  OPERATOR_TOKEN,
  SECURITY_KEY,
  SSO,
  TOTP,
  YUBICO,
} from "../credentials.ts";
import { GIB } from "../format.ts";
import { archiveFormat, archiveName } from "../logs/archive.ts";
import { createRandom, seedOf } from "../random.ts";
import type {
  AclEntry,
  BackupVolume,
  Disk,
  Guest,
  GuestType,
  NodeState,
  Storage,
  Token,
  User,
  World,
} from "../world.ts";

/** The parts of a world that are the same in all: accounts, rights and roles. */
export function accounts(): Pick<World, "users" | "tokens" | "roles" | "acl"> {
  const user = (
    account: { readonly username: string; readonly password: string },
    comment: string,
  ): User => ({
    userid: account.username,
    password: account.password,
    enabled: true,
    comment,
    totpSecret: null,
    recoveryCodes: [],
    lastTotpStep: 0,
  });
  const token = (one: { readonly id: string; readonly secret: string }, privsep: boolean): Token => ({
    ...one,
    privsep,
    expire: 0,
  });
  const grant = (ugid: string, roleid: string): AclEntry => ({
    path: "/",
    ugid,
    type: "user",
    roleid,
    propagate: true,
  });
  return {
    users: [
      user(ADMIN, "may do everything"),
      user(AUDITOR, "sees everything, changes nothing"),
      user(OPERATOR, "backs up and restores"),
      user(NOBODY, "has no rights"),
      {
        ...user(TOTP, "an administrator with a second factor"),
        totpSecret: TOTP.secret,
        recoveryCodes: [...TOTP.recoveryCodes],
      },
      { ...user(YUBICO, "an administrator with a Yubico key"), yubicoKey: YUBICO.key },
      { ...user(SECURITY_KEY, "an administrator with a security key alone"), securityKey: "webauthn" },
      user({ ...SSO, password: "none: he comes through the provider" }, "comes through the provider"),
    ],
    tokens: [token(APP_TOKEN, false), token(NO_ACL_TOKEN, true), token(OPERATOR_TOKEN, false)],
    roles: Object.fromEntries(Object.entries(ROLES).map(([role, privileges]) => [role, [...privileges]])),
    acl: [
      grant(ADMIN.username, "Administrator"),
      ...[TOTP, YUBICO, SECURITY_KEY, SSO].map((one) => grant(one.username, "Administrator")),
      grant(AUDITOR.username, "PVEAuditor"),
      grant(OPERATOR.username, "BackupOperator"),
    ],
  };
}

type NodeWish = {
  readonly node: string;
  readonly address: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly load: number;
  readonly bootedAt: number;
};

export function node(nodeid: number, wish: NodeWish): NodeState {
  return {
    node: wish.node,
    nodeid,
    address: wish.address,
    online: true,
    failure: "refused",
    cores: wish.cores,
    memory: wish.memoryGib * GIB,
    rootTotal: 94 * GIB,
    rootUsed: Math.round((11 + nodeid * 3.3) * GIB),
    bootedAt: wish.bootedAt,
    load: wish.load,
  };
}

export type GuestWish = {
  readonly vmid: number;
  readonly type: GuestType;
  readonly node: string;
  readonly name: string;
  readonly running?: boolean;
  readonly template?: boolean;
  readonly tags?: readonly string[];
  readonly pool?: string;
  readonly cores?: number;
  readonly memory?: number;
  readonly disks?: readonly { readonly storage: string; readonly gib: number; readonly used: number }[];
  readonly lock?: string;
  readonly agent?: boolean;
  readonly obeysShutdown?: boolean;
  readonly description?: string;
  /** Days since its creation and since its last start. */
  readonly ageDays?: number;
  readonly upDays?: number;
};

function disksOf(wish: GuestWish): Disk[] {
  return (wish.disks ?? []).map((disk, index) => ({
    key: wish.type === "qemu" ? `scsi${index}` : index === 0 ? "rootfs" : `mp${index - 1}`,
    storage: disk.storage,
    volume: wish.template ? `base-${wish.vmid}-disk-${index}` : `vm-${wish.vmid}-disk-${index}`,
    size: disk.gib * GIB,
    used: Math.round(disk.gib * disk.used * GIB),
    ...(wish.type === "qemu"
      ? { options: "discard=on,iothread=1" }
      : index > 0
        ? { options: "mp=/srv/data,backup=1" }
        : {}),
  }));
}

const DAY = 86_400;

/** A guest from a few words; everything left out is seeded by its id. `seconds` is the present. */
export function guest(wish: GuestWish, seconds: number): Guest {
  const random = createRandom(seedOf(`guest${wish.vmid}`));
  const running = wish.running ?? true;
  return {
    vmid: wish.vmid,
    type: wish.type,
    node: wish.node,
    name: wish.name,
    status: running && !wish.template ? "running" : "stopped",
    template: wish.template ?? false,
    tags: [...(wish.tags ?? [])],
    pool: wish.pool ?? null,
    cores: wish.cores ?? 2,
    memory: wish.memory ?? 2048,
    disks: disksOf(wish),
    lock: wish.lock ?? null,
    startedAt:
      running && !wish.template ? Math.floor(seconds - (wish.upDays ?? 3 + random.next() * 30) * DAY) : 0,
    agent: wish.agent ?? wish.type === "qemu",
    obeysShutdown: wish.obeysShutdown ?? true,
    mac: `BC:24:11:${[1, 2, 3].map(() => random.hex(2).toUpperCase()).join(":")}`,
    unprivileged: wish.type === "lxc",
    protection: false,
    description: wish.description ?? null,
    snapshots: [],
    bitmaps: [],
    load: 0.02 + random.next() ** 3 * 0.5,
    memoryShare: 0.25 + random.next() * 0.5,
    createdAt: Math.floor(seconds - (wish.ageDays ?? 40 + random.next() * 600) * DAY),
  };
}

type StorageWish = Partial<Storage> &
  Pick<Storage, "storage" | "type" | "content"> & { readonly totalGib: number; readonly usedGib: number };

/** A storage seen by all nodes; a local one has room of its own on each. */
export function storage(wish: StorageWish, nodes: readonly string[]): Storage {
  const { totalGib, usedGib, ...given } = wish;
  const shared = given.shared ?? ["nfs", "pbs", "rbd"].includes(given.type);
  const places = shared ? ["*"] : (given.nodes ?? nodes);
  return {
    shared,
    enabled: true,
    nodes: null,
    path: given.type === "pbs" ? "main" : `/mnt/pve/${given.storage}`,
    server: null,
    prune: null,
    maxProtected: null,
    broken: null,
    usage: Object.fromEntries(places.map((place) => [place, { total: totalGib * GIB, used: usedGib * GIB }])),
    ...given,
  };
}

type BackupWish = {
  readonly notes?: string;
  readonly protected?: boolean;
  readonly verified?: "ok" | "failed";
  readonly encrypted?: string;
  readonly truncated?: boolean;
};

/** A backup that was made at an epoch second. */
export function backup(
  of: Guest,
  on: Storage,
  ctime: number,
  timeZone: string,
  wish: BackupWish = {},
): BackupVolume {
  const extension = on.type === "pbs" ? "" : "zst";
  const used = of.disks.reduce((sum, disk) => sum + disk.used, 0);
  const total = of.disks.reduce((sum, disk) => sum + disk.size, 0);
  const random = createRandom(of.vmid + ctime);
  const size =
    on.type === "pbs" ? (of.type === "qemu" ? total : used) : Math.floor(used * (0.4 + random.next() * 0.15));
  const verifiedAt = (ctime + 7200).toString(16).toUpperCase();
  return {
    storage: on.storage,
    node: on.shared ? null : of.node,
    name: archiveName(on, of.type, of.vmid, ctime, timeZone, extension),
    vmid: of.vmid,
    subtype: of.type,
    ctime,
    format: archiveFormat(on, of.type, extension),
    size,
    notes: wish.notes ?? of.name,
    protected: wish.protected ?? false,
    verification:
      wish.verified && on.type === "pbs"
        ? {
            state: wish.verified,
            upid: `UPID:backup:00000A1F:00001B2C:0000003D:${verifiedAt}:verificationjob:main:root@pam:`,
          }
        : null,
    encrypted: wish.encrypted ?? null,
    guest: null,
    truncated: wish.truncated ?? false,
  };
}

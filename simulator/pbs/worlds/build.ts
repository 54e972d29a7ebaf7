import {
  PBS_ADMIN,
  PBS_APP_TOKEN,
  PBS_AUDITOR,
  PBS_BACKUP,
  PBS_NO_ACL_TOKEN,
  PBS_NOBODY,
  PBS_OPERATOR,
  PBS_OPERATOR_TOKEN,
  PBS_SECURITY_KEY,
  PBS_TOTP,
  PBS_YUBICO,
  SSO,
} from "../../credentials.ts";
import { OPENID_REALM } from "../../access/openid.ts";
import { GIB, rfc3339 } from "../../format.ts";
import type { AclEntry, Guest, User } from "../../world.ts";
import { endLine } from "../tasks/engine.ts";
import { formatUpid } from "../tasks/upid.ts";
import type {
  BackupWorld,
  Datastore,
  FinishedTask,
  GcStatus,
  Group,
  Snapshot,
  SnapshotFile,
  Token,
} from "../world.ts";

/** The parts of a world that are the same in all: accounts and rights. */
export function accounts(): Pick<BackupWorld, "users" | "tokens" | "acl" | "realms"> {
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
  const token = (one: { readonly id: string; readonly secret: string }): Token => ({
    tokenid: one.id,
    secret: one.secret,
    enable: true,
    expire: 0,
    comment: null,
  });
  const grant = (ugid: string, roleid: string, path = "/"): AclEntry => ({
    path,
    ugid,
    type: ugid.includes("!") ? "token" : "user",
    roleid,
    propagate: true,
  });
  return {
    realms: [
      { realm: "pam", type: "pam", comment: "Linux PAM standard authentication", default: false },
      { realm: "pbs", type: "pbs", comment: "Proxmox Backup authentication server", default: true },
      { realm: OPENID_REALM, type: "openid", comment: "Single sign-on", default: false },
    ],
    users: [
      user(PBS_ADMIN, "may do everything"),
      user(PBS_AUDITOR, "sees everything, changes nothing"),
      user(PBS_OPERATOR, "backs up and prunes what is his"),
      user(PBS_NOBODY, "has no rights"),
      user(PBS_BACKUP, "the clusters back up with this"),
      {
        ...user(PBS_TOTP, "an administrator with a second factor"),
        totpSecret: PBS_TOTP.secret,
        recoveryCodes: [...PBS_TOTP.recoveryCodes],
      },
      { ...user(PBS_YUBICO, "an administrator with a Yubico key"), yubicoKey: PBS_YUBICO.key },
      { ...user(PBS_SECURITY_KEY, "an administrator with a security key alone"), securityKey: "webauthn" },
      user({ ...SSO, password: "none: he comes through the provider" }, "comes through the provider"),
    ],
    tokens: [token(PBS_APP_TOKEN), token(PBS_NO_ACL_TOKEN), token(PBS_OPERATOR_TOKEN)],
    acl: [
      grant(PBS_ADMIN.username, "Admin"),
      grant(PBS_APP_TOKEN.id, "Admin"),
      ...[PBS_TOTP, PBS_YUBICO, PBS_SECURITY_KEY, SSO].map((one) => grant(one.username, "Admin")),
      grant(PBS_AUDITOR.username, "Audit"),
      grant(PBS_AUDITOR.username, "RemoteAudit", "/remote"),
      grant(PBS_OPERATOR.username, "DatastorePowerUser", "/datastore/main"),
      grant(PBS_OPERATOR_TOKEN.id, "DatastoreBackup", "/datastore/main"),
      grant(PBS_BACKUP.username, "DatastorePowerUser", "/datastore"),
    ],
  };
}

type DatastoreWish = Partial<Datastore> &
  Pick<Datastore, "store"> & {
    readonly totalGib: number;
    readonly usedGib: number;
    /** Share by which the use grows in a month. */
    readonly growth?: number;
  };

const HALF_HOUR = 1800;
const MONTH_POINTS = (30 * 86_400) / HALF_HOUR;

/** A month of half hours that ends at today's use; a night without power left a hole in it. */
function history(share: number, growth: number): (number | null)[] {
  return Array.from({ length: MONTH_POINTS }, (_, index) => {
    if (index >= 400 && index < 418) return null;
    const wave = Math.sin(index / 24) * 0.002;
    return share - growth * (1 - index / (MONTH_POINTS - 1)) + (index === MONTH_POINTS - 1 ? 0 : wave);
  });
}

/** What a garbage collection that never ran has counted. */
const noCollection = (): GcStatus => ({
  upid: null,
  "index-file-count": 0,
  "index-data-bytes": 0,
  "disk-bytes": 0,
  "disk-chunks": 0,
  "removed-bytes": 0,
  "removed-chunks": 0,
  "pending-bytes": 0,
  "pending-chunks": 0,
  "removed-bad": 0,
  "still-bad": 0,
});

export function datastore(wish: DatastoreWish): Datastore {
  const { totalGib, usedGib, growth, ...given } = wish;
  return {
    comment: null,
    path: `/mnt/datastore/${given.store}`,
    total: totalGib * GIB,
    used: usedGib * GIB,
    history: growth === undefined ? [] : history(usedGib / totalGib, growth),
    historyDelta: HALF_HOUR,
    maintenance: null,
    mountStatus: "nonremovable",
    gcSchedule: null,
    gc: noCollection(),
    verifyNew: false,
    namespaces: [],
    groups: [],
    ...given,
  };
}

/** The files of a guest's backup. */
export function guestFiles(of: Guest, encrypted: boolean): SnapshotFile[] {
  const crypt = encrypted ? "encrypt" : "none";
  if (of.type === "qemu") {
    return [
      ...of.disks.map(
        (disk) => ({ filename: `drive-${disk.key}.img.fidx`, size: disk.size, crypt }) as const,
      ),
      { filename: "qemu-server.conf.blob", size: 431, crypt },
    ];
  }
  const used = of.disks.reduce((sum, disk) => sum + disk.used, 0);
  return [
    { filename: "catalog.pcat1.didx", size: Math.ceil(used / 20_000), crypt },
    { filename: "pct.conf.blob", size: 287, crypt },
    { filename: "root.pxar.didx", size: used, crypt },
  ];
}

type SnapshotWish = Partial<Omit<Snapshot, "time" | "files">>;

/** A snapshot of a guest, made at an epoch second. */
export function snapshot(of: Guest, time: number, wish: SnapshotWish = {}): Snapshot {
  return {
    time,
    files: guestFiles(of, wish.fingerprint !== undefined && wish.fingerprint !== null),
    finished: true,
    notes: of.name,
    protected: false,
    verification: null,
    fingerprint: null,
    corrupt: false,
    guest: of,
    ...wish,
  };
}

/** The group of a guest. */
export const group = (of: Guest, ns: string, owner: string, snapshots: Snapshot[]): Group => ({
  ns,
  type: of.type === "qemu" ? "vm" : "ct",
  id: String(of.vmid),
  owner,
  notes: "",
  snapshots,
});

type PastWish = {
  readonly type: string;
  readonly id: string | null;
  readonly user?: string;
  readonly start: number;
  readonly seconds: number;
  readonly exit?: string;
  readonly lines: readonly string[];
};

/** A task of long ago with its stamped log; its lines spread evenly over its time. */
export function past(world: Pick<BackupWorld, "node" | "timeZone" | "daemon">, wish: PastWish): FinishedTask {
  const exit = wish.exit ?? "OK";
  const { daemon, node } = world;
  const lines = exit === "unknown" ? wish.lines : [...wish.lines, endLine(exit)];
  const step = lines.length > 1 ? wish.seconds / (lines.length - 1) : 0;
  daemon.nextTask += 1;
  return {
    upid: formatUpid({
      node,
      pid: daemon.pid,
      pstart: daemon.pstart,
      taskId: daemon.nextTask - 1,
      starttime: wish.start,
      type: wish.type,
      id: wish.id,
      user: wish.user ?? "root@pam",
    }),
    endtime: exit === "unknown" ? wish.start : wish.start + wish.seconds,
    exit,
    lines: lines.map(
      (line, index) => `${rfc3339(Math.floor(wish.start + index * step), world.timeZone)}: ${line}`,
    ),
  };
}

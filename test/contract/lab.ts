import { randomBytes, randomUUID } from "node:crypto";

import { z } from "zod";

import { launch, settled } from "../../electron/proxmox/pve/launch.ts";
import type { LaunchOutcome } from "../../electron/proxmox/pve/launch.ts";
import { changeBackup } from "../../electron/proxmox/pve/backup-change.ts";
import { listBackupJobs, removeBackupJob } from "../../electron/proxmox/pve/backup-jobs.ts";
import { nextFreeId } from "../../electron/proxmox/pve/cluster.ts";
import { readTaskLog, readTaskStatus } from "../../electron/proxmox/pve/tasks.ts";
import { readBackupVolume, storageOfVolume } from "../../electron/proxmox/pve/storage.ts";
import { powerGuest, readGuestStatus } from "../../electron/proxmox/pve/guests.ts";
import { accessRequests } from "../../electron/proxmox/requests/pve/access.ts";
import { guestRequests } from "../../electron/proxmox/requests/pve/guests.ts";
import { storageRequests } from "../../electron/proxmox/requests/pve/storage.ts";
import type { RequestShape, ValuesOf } from "../../electron/proxmox/requests/request.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import type { AppError } from "../../shared/errors.ts";
import type { GuestType } from "../../shared/guest.ts";
import { never } from "./target.ts";
import type { Account, Target } from "./target.ts";

/** What the suite makes on the server, and takes away again. All of it is named like this. */
const prefix = "pxm-test-";
/** A backup of the suite's small guests takes minutes at most. */
const taskDeadlineMs = 15 * 60 * 1000;
const pollEveryMs = 500;

export interface Lab {
  readonly target: Target;
  readonly admin: Session;
  /** A user of its own with these privileges on a path; gone at the end. */
  user(privileges: readonly string[], path?: string): Promise<Account & { readonly userid: string }>;
  /** Gives a user of `user` a further role on a path. */
  grant(userid: string, privileges: readonly string[], path: string): Promise<void>;
  removeUser(userid: string): Promise<void>;
  /** A token of a user; with `privsep` it has no rights of its own. */
  token(userid: string, privsep: boolean): Promise<Account & { readonly tokenId: string }>;
  /** Waits for the end of a task and gives its exit text. */
  ended(session: Session, upid: string): Promise<string>;
  log(session: Session, upid: string): Promise<string>;
  /** A free id; the guest that gets it is removed at the end. */
  freeId(type: GuestType): Promise<number>;
  removeGuest(vmid: number, type: GuestType): Promise<void>;
  /** The backup is removed at the end. */
  keepInMind(volid: string): void;
  write<S extends RequestShape>(request: S, values: ValuesOf<S>): Promise<unknown>;
  close(): Promise<void>;
}

export function startedUpid(outcome: LaunchOutcome): string {
  if (outcome.outcome === "started") return outcome.upid;
  throw new Error(`not started: ${JSON.stringify(outcome)}`);
}

/** The AppError that a promise must fail with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error("expected a failure, but it succeeded");
}

const usersSchema = z.array(z.object({ userid: z.string() }));
const rolesSchema = z.array(z.object({ roleid: z.string() }));

export async function openLab(target: Target): Promise<Lab> {
  const admin = target.session();
  const users = new Set<string>();
  const roles = new Set<string>();
  const guests = new Map<number, GuestType>();
  const backups = new Set<string>();

  async function write<S extends RequestShape>(request: S, values: ValuesOf<S>): Promise<unknown> {
    return settled(await admin.write({ request, values }, never));
  }

  /** What an earlier run that was killed has left behind. */
  async function sweep(): Promise<void> {
    const found = await admin.read({ request: accessRequests.users, values: {}, schema: usersSchema }, never);
    for (const { userid } of found.value) if (userid.startsWith(prefix)) users.add(userid);
    const known = await admin.read({ request: accessRequests.roles, values: {}, schema: rolesSchema }, never);
    for (const { roleid } of known.value) if (roleid.startsWith(prefix)) roles.add(roleid);
    await clearAccounts();
    await clearJobs();
  }

  async function clearJobs(): Promise<void> {
    const { rows } = await listBackupJobs(admin, never);
    for (const { id } of rows) if (id.startsWith(prefix)) await removeBackupJob(admin, { id }, never);
  }

  async function clearAccounts(): Promise<void> {
    for (const userid of users) await write(accessRequests.removeUser, { userid });
    users.clear();
    for (const roleid of roles) await write(accessRequests.removeRole, { roleid });
    roles.clear();
  }

  async function grant(userid: string, privileges: readonly string[], path: string): Promise<void> {
    const roleid = prefix + randomBytes(4).toString("hex");
    roles.add(roleid);
    await write(accessRequests.createRole, { roleid, privs: privileges });
    await write(accessRequests.changeAcl, { path, users: [userid], roles: [roleid], propagate: true });
  }

  async function user(privileges: readonly string[], path = "/") {
    const userid = `${prefix}${randomBytes(4).toString("hex")}@pve`;
    const password = randomUUID();
    users.add(userid);
    await write(accessRequests.createUser, { userid, password });
    if (privileges.length > 0) await grant(userid, privileges, path);
    const login = { kind: "password", user: userid } as const;
    return { userid, login, secret: secretOf(password) };
  }

  async function token(userid: string, privsep: boolean) {
    const name = randomBytes(3).toString("hex").replace(/^/u, "t");
    const answer = await write(accessRequests.createToken, { userid, tokenid: name, privsep });
    const { value } = z.object({ value: z.string() }).parse(answer);
    const tokenId = `${userid}!${name}`;
    return { tokenId, login: { kind: "token", tokenId } as const, secret: secretOf(value) };
  }

  async function ended(session: Session, upid: string): Promise<string> {
    const deadline = AbortSignal.timeout(taskDeadlineMs);
    for (;;) {
      const status = await readTaskStatus(session, { upid }, deadline);
      if (status.state === "stopped") return status.exitStatus ?? "";
      if (status.state !== "running") throw new Error(`the task is ${status.state}`);
      await target.clock.sleep(pollEveryMs, deadline);
    }
  }

  async function log(session: Session, upid: string): Promise<string> {
    const { lines } = await readTaskLog(session, { upid, start: 0, limit: 1000 }, never);
    return lines.map((line) => line.text).join("\n");
  }

  async function task<S extends RequestShape>(types: readonly string[], request: S, values: ValuesOf<S>) {
    const outcome = await launch(admin, { request, values }, { node: target.node, types }, never);
    if (outcome.outcome === "started") await ended(admin, outcome.upid);
  }

  async function removeGuest(vmid: number, type: GuestType): Promise<void> {
    const place = { node: target.node, vmid, type };
    try {
      const { status } = await readGuestStatus(admin, place, never);
      if (status === "running") {
        const stopped = await powerGuest(admin, { ...place, action: "stop" }, never);
        if (stopped.outcome === "started") await ended(admin, stopped.upid);
      }
    } catch (error) {
      if (isAppError(error, "server.notFound")) return;
      throw error;
    }
    await task(["qmdestroy", "vzdestroy"], guestRequests.remove, { node: target.node, guest: type, vmid });
    guests.delete(vmid);
  }

  async function removeBackup(volid: string): Promise<void> {
    const values = { node: target.node, storage: storageOfVolume(volid), volume: volid };
    const place = { node: target.node, volid };
    try {
      if ((await readBackupVolume(admin, place, never)).protected)
        await changeBackup(admin, { ...place, protected: false }, never);
    } catch (error) {
      // A test may have taken it away itself.
      if (isAppError(error, "server.notFound")) return;
      throw error;
    }
    await task(["imgdel"], storageRequests.removeVolume, values);
  }

  await sweep();
  return {
    target,
    admin,
    user,
    grant,
    removeUser: async (userid) => {
      await write(accessRequests.removeUser, { userid });
      users.delete(userid);
    },
    token,
    ended,
    log,
    freeId: async (type) => {
      const vmid = await nextFreeId(admin, never);
      guests.set(vmid, type);
      return vmid;
    },
    removeGuest,
    keepInMind: (volid) => void backups.add(volid),
    write,
    close: async () => {
      // Each on its own: one thing that cannot be removed must not keep the others.
      const failed: unknown[] = [];
      const jobs = [
        ...[...guests].map(
          ([vmid, type]) =>
            async () =>
              await removeGuest(vmid, type),
        ),
        ...[...backups].map((volid) => async () => await removeBackup(volid)),
        clearJobs,
        clearAccounts,
      ];
      for (const job of jobs) await job().catch((error: unknown) => failed.push(error));
      if (failed.length > 0) throw new AggregateError(failed, "the suite could not clean up after itself");
    },
  };
}

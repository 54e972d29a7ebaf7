import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { listBackups } from "../../electron/proxmox/pve/storage.ts";
import { backupRequests } from "../../electron/proxmox/requests/pve/backup.ts";
import { clusterRequests } from "../../electron/proxmox/requests/pve/cluster.ts";
import { guestRequests } from "../../electron/proxmox/requests/pve/guests.ts";
import { storageRequests } from "../../electron/proxmox/requests/pve/storage.ts";
import { taskRequests } from "../../electron/proxmox/requests/pve/tasks.ts";
import type { RequestShape, ValuesOf } from "../../electron/proxmox/requests/request.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import { openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { never, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

/**
 * Three people at the same doors: one who may do everything, one who may look at everything, and nobody. What is refused is
 * said to be refused; where a server only leaves rows out, this list says so, so that no reader takes "few" for "all".
 */

let target: Target;
let lab: Lab;
let people: Readonly<Record<Person, Session>>;

type Person = "admin" | "auditor" | "nobody";
/** `all`: answered · `none`: answered with an empty list, without a word · `some`: with fewer rows · `refused`: 403. */
type Seen = "all" | "some" | "none" | "refused";

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
  const auditor = await lab.user(["Sys.Audit", "VM.Audit", "Datastore.Audit", "Pool.Audit"]);
  people = {
    admin: lab.admin,
    auditor: target.session(auditor),
    nobody: target.session(await lab.user([])),
  };
}, 60_000);

afterAll(async () => {
  await lab.close();
  await target.close();
}, 600_000);

const guest = () => ({ node: target.node, guest: "qemu", vmid: target.vm }) as const;
const stored = () => ({ node: target.node, storage: target.storage });

interface Door {
  readonly name: string;
  readonly ask: (session: Session) => Promise<unknown>;
  readonly auditor: Seen;
  readonly nobody: Seen;
}

function door<S extends RequestShape>(
  name: string,
  request: S,
  values: () => ValuesOf<S>,
  auditor: Seen,
  nobody: Seen,
): Door {
  const ask = async (session: Session): Promise<unknown> =>
    (await session.read({ request, values: values(), schema: z.unknown() }, never)).value;
  return { name, ask, auditor, nobody };
}

const doors: readonly Door[] = [
  door("the guests", clusterRequests.resources, () => ({ type: "vm" }), "all", "none"),
  door("the nodes in the tree", clusterRequests.resources, () => ({ type: "node" }), "all", "all"),
  door("the storages in the tree", clusterRequests.resources, () => ({ type: "storage" }), "all", "none"),
  door("the cluster's state", clusterRequests.status, () => ({}), "all", "refused"),
  door("HA resources", clusterRequests.haResources, () => ({}), "all", "refused"),
  door("a node's state", clusterRequests.nodeStatus, () => ({ node: target.node }), "all", "refused"),
  door("a guest's state", guestRequests.status, guest, "all", "refused"),
  door("a guest's configuration", guestRequests.config, guest, "all", "refused"),
  door("a guest's snapshots", guestRequests.snapshots, guest, "all", "refused"),
  door("storages of a node", storageRequests.onNode, () => ({ node: target.node }), "all", "none"),
  door("a storage's state", storageRequests.status, stored, "all", "refused"),
  // Whoever may look at a storage sees none of the backups on it without VM.Backup on their guests.
  door("backups", storageRequests.content, () => ({ ...stored(), content: "backup" }), "none", "refused"),
  door("what pruning would remove", storageRequests.prunePreview, stored, "none", "refused"),
  door("backup jobs", backupRequests.jobs, () => ({}), "all", "refused"),
  door("guests without a job", backupRequests.notBackedUp, () => ({}), "all", "refused"),
  door("tasks of others", taskRequests.list, () => ({ node: target.node, source: "all" }), "all", "none"),
];

const size = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

async function seenBy(person: Person, { name, ask }: Door): Promise<Seen> {
  const whole = size(await ask(people.admin));
  // Not every cluster has HA; of everything else the set-up made one at least.
  if (name !== "HA resources") expect(whole).toBeGreaterThan(0);
  try {
    const found = size(await ask(people[person]));
    return found === whole ? "all" : found === 0 ? "none" : "some";
  } catch (error) {
    if (isAppError(error, "server.forbidden")) return "refused";
    throw error;
  }
}

describe("what three people see", () => {
  beforeAll(async () => {
    // Something to be seen: a backup and with it a task.
    const place = { ...stored(), vmid: target.ct };
    const before = new Set((await listBackups(people.admin, place, never)).rows.map(({ volid }) => volid));
    const input = { ...place, mode: "snapshot", compress: "0" } as const;
    await lab.ended(people.admin, startedUpid(await vzdump(people.admin, input, never)));
    for (const { volid } of (await listBackups(people.admin, place, never)).rows)
      if (!before.has(volid)) lab.keepInMind(volid);
  }, 600_000);

  it.each(doors.map((one) => [one.name, one] as const))("of %s", async (_name, one) => {
    expect({ auditor: await seenBy("auditor", one), nobody: await seenBy("nobody", one) }).toEqual({
      auditor: one.auditor,
      nobody: one.nobody,
    });
  });
});

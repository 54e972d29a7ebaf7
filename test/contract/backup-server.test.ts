import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { settled } from "../../electron/proxmox/pve/launch.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { parseUpid } from "../../shared/task.ts";
import { PBS_ADMIN } from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import type { BackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { backupServerRequests } from "./raw-requests.ts";
import { leftOut, never } from "./target.ts";

/** How a Backup Server's tasks differ from Proxmox VE's: its half of P20 to P22. */

let server: BackupServer;
let session: Session;

beforeAll(async () => {
  server = await startBackupServer({ world: smallBackupWorld(), speed: 500, without: leftOut() });
  session = createSession({
    kind: "pbs",
    routes: [
      {
        address: `127.0.0.1:${server.port}`,
        trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
      },
    ],
    login: { kind: "password", user: PBS_ADMIN.username },
    secret: () => Promise.resolve(secretOf(PBS_ADMIN.password)),
  });
});

afterAll(async () => {
  await session.close();
  await server.stop();
});

const statusSchema = z.object({ status: z.string(), exitstatus: z.string().optional() });
const rowsSchema = z.array(
  z.object({ upid: z.string(), worker_type: z.string(), status: z.string().optional() }),
);

async function collected(): Promise<string> {
  const [store] = server.world.datastores;
  const request = backupServerRequests.collect;
  return String(settled(await session.write({ request, values: { store: store?.store ?? "" } }, never)));
}

async function statusOf(upid: string): Promise<z.infer<typeof statusSchema>> {
  const request = { request: backupServerRequests.status, values: { upid }, schema: statusSchema };
  return (await session.read(request, never)).value;
}

async function listed(typefilter: string): Promise<readonly string[]> {
  const request = {
    request: backupServerRequests.tasks,
    values: { typefilter, limit: 0 },
    schema: rowsSchema,
  };
  return (await session.read(request, never)).value.map(({ upid }) => upid);
}

describe("a task of a Backup Server", () => {
  it("P20: has a UPID with one field more", async () => {
    const upid = await collected();
    expect(parseUpid(upid)).toMatchObject({ product: "pbs", type: "garbage_collection" });
    await server.whenTaskEnds(upid, AbortSignal.timeout(10_000));
  });

  it("P21: that its daemon lost has ended as 'unknown', which is neither good nor bad", async () => {
    server.control.setSpeed(0.001);
    const upid = await collected();
    expect(await statusOf(upid)).toMatchObject({ status: "running" });
    server.control.restartDaemon();
    server.control.setSpeed(500);
    expect(await statusOf(upid)).toMatchObject({ status: "stopped", exitstatus: "unknown" });
  });

  it("P22: is found by a part of its type", async () => {
    const upid = await collected();
    await server.whenTaskEnds(upid, AbortSignal.timeout(10_000));
    expect(await listed("garbage")).toContain(upid);
    expect(await listed("nothing")).not.toContain(upid);
  });
});

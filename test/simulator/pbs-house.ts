import { afterEach } from "vitest";
import { PBS_ADMIN } from "../../simulator/credentials.ts";
import {
  startBackupServer,
  type BackupServer,
  type BackupServerOptions,
} from "../../simulator/pbs/backup-server.ts";
import type { BackupTask } from "../../simulator/pbs/tasks/task.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import type { PbsVersion } from "../../simulator/profiles/pbs.ts";
import { anonymous, session, upidOf, type Reply, type Server, type Session } from "./client.ts";

export type BackupHouse = {
  readonly server: BackupServer;
  readonly admin: Session;
  readonly ended: (reply: Reply) => Promise<BackupTask>;
};

const SPEED = 2000;
const PATIENCE_MS = 10_000;

const running: BackupServer[] = [];

/** Logs in and keeps the ticket as a cookie. Throws when refused. */
export async function logInToPbs(
  server: Server,
  account: { readonly username: string; readonly password: string } = PBS_ADMIN,
): Promise<Session> {
  const reply = await anonymous(server).post("/access/ticket", { ...account });
  const data = reply.body?.data as { ticket: string; CSRFPreventionToken: string } | null | undefined;
  if (!data) throw new Error(`login refused: ${reply.status} ${reply.raw.toString()}`);
  return session(server, {
    Cookie: `PBSAuthCookie=${encodeURIComponent(data.ticket)}`,
    CSRFPreventionToken: data.CSRFPreventionToken,
  });
}

export const withPbsToken = (
  server: Server,
  token: { readonly id: string; readonly secret: string },
): Session => session(server, { Authorization: `PBSAPIToken=${token.id}:${token.secret}` });

/** A running small Backup Server and its admin's session; stopped after each test. */
export async function backupHouse(
  options: Partial<BackupServerOptions> & { readonly version?: PbsVersion } = {},
): Promise<BackupHouse> {
  const { version, ...given } = options;
  const server = await startBackupServer({
    world: () => smallBackupWorld(version ? { version } : {}),
    speed: SPEED,
    loginFailureDelayMs: 0,
    ...given,
  });
  running.push(server);
  const admin = await logInToPbs(server);
  return {
    server,
    admin,
    ended: async (reply) => server.whenTaskEnds(upidOf(reply), AbortSignal.timeout(PATIENCE_MS)),
  };
}

/** Call once in each file that uses `backupHouse`. */
export function stopBackupHousesAfterEach(): void {
  afterEach(async () => {
    await Promise.all(running.splice(0).map(async (server) => server.stop()));
  });
}

/** What an error says: its status and the whole body. */
export const refusal = (reply: Reply): readonly [number, string] => [
  reply.status,
  reply.raw.toString("utf8"),
];

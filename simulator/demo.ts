import { ADMIN, PBS_ADMIN, PBS_BACKUP } from "./credentials.ts";
import { startBackupServer } from "./pbs/backup-server.ts";
import { demoBackupWorld } from "./pbs/worlds/demo.ts";
import { startSimulator } from "./simulator.ts";
import { demoWorld } from "./worlds/demo.ts";

/** What the app needs to register a demo server like any other. */
type DemoServer = {
  /** `https://127.0.0.1:<port>`; the port stays the same over restarts while it is free. */
  readonly url: string;
  readonly fingerprint: string;
  readonly username: string;
  readonly password: string;
};

export type Demo = DemoServer & {
  /** Where the cluster keeps its backups. */
  readonly backupServer: DemoServer;
  readonly stop: () => Promise<void>;
};

/**
 * The demo cluster and its Backup Server in this process, on loopback ports. Their states are kept in the file and in one
 * beside it, so that their tasks go on over restarts.
 */
export async function startDemo(stateFile: string): Promise<Demo> {
  const now = Date.now();
  const server = await startBackupServer({
    world: () => demoBackupWorld(demoWorld({ now }), { now }),
    stateFile: `${stateFile}.backup-server`,
    schedules: true,
  });
  const cluster = await startSimulator({
    world: () => demoWorld({ now }),
    stateFile,
    depots: { "pbs-main": server.depot({ datastore: "main", username: PBS_BACKUP.username }) },
  });
  return {
    url: cluster.url,
    fingerprint: cluster.fingerprint,
    username: ADMIN.username,
    password: ADMIN.password,
    backupServer: {
      url: server.url,
      fingerprint: server.fingerprint,
      username: PBS_ADMIN.username,
      password: PBS_ADMIN.password,
    },
    stop: async () => {
      await cluster.stop();
      await server.stop();
    },
  };
}

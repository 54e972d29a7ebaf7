import { PBS_BACKUP } from "../credentials.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../simulator.ts";
import { smallWorld } from "../worlds/small.ts";
import type { World } from "../world.ts";
import { startBackupServer, type BackupServer, type BackupServerOptions } from "./backup-server.ts";
import { accounts, datastore } from "./worlds/build.ts";
import type { BackupWorld } from "./world.ts";

type Options = Pick<SimulatorOptions, "speed" | "now" | "loginFailureDelayMs"> & {
  /** Whether each cluster has a namespace of its own; if not, guests with equal ids share their groups. */
  readonly namespaces: boolean;
  readonly server?: Partial<BackupServerOptions>;
};

export type TwoClusters = {
  readonly server: BackupServer;
  readonly north: Simulator;
  readonly south: Simulator;
  readonly stop: () => Promise<void>;
};

/** An empty Backup Server with a namespace for each of two clusters. */
function emptyWorld(now: number): BackupWorld {
  return {
    version: "4.2",
    node: "vault",
    timeZone: "UTC",
    bootedAt: Math.floor(now / 1000) - 86_400,
    daemon: { pid: 911, pstart: 4242, nextTask: 0 },
    datastores: [
      datastore({
        store: "shared",
        totalGib: 4096,
        usedGib: 100,
        namespaces: ["north", "south"],
        gcSchedule: "daily",
      }),
    ],
    jobs: { sync: [], verify: [], prune: [] },
    lastRuns: {},
    remotes: [],
    ...accounts(),
    history: [],
  };
}

/** The small cluster under another name: the same ids, other guests. */
function named(cluster: string, now: number): World {
  const world = smallWorld({ now });
  world.cluster = cluster;
  for (const guest of world.guests) guest.name = `${cluster}-${guest.name}`;
  return world;
}

/** Two clusters whose guests have equal ids, with their storage `pbs` on one Backup Server. */
export async function startTwoClusters(options: Options): Promise<TwoClusters> {
  const { namespaces, server: given, ...common } = options;
  const now = (options.now ?? Date.now)();
  const server = await startBackupServer({ ...common, world: () => emptyWorld(now), ...given });
  const cluster = async (name: string): Promise<Simulator> =>
    startSimulator({
      ...common,
      world: () => named(name, now),
      depots: {
        pbs: server.depot({
          datastore: "shared",
          username: PBS_BACKUP.username,
          ...(namespaces ? { namespace: name } : {}),
        }),
      },
    });
  const [north, south] = [await cluster("north"), await cluster("south")];
  return {
    server,
    north,
    south,
    stop: async () => {
      await Promise.all([north.stop(), south.stop(), server.stop()]);
    },
  };
}

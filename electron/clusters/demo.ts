import { AppError, isAppError } from "../../shared/errors.ts";
import { secretOf } from "../proxmox/secret.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Log } from "../log.ts";
import type { Server, Servers } from "../store/servers.ts";
import type { Clusters } from "./clusters.ts";
import type { Credentials } from "./credentials.ts";

/** A running demo server. */
export interface DemoServer {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** SHA-256 of its certificate, in any spelling. */
  readonly fingerprint: string;
  readonly username: string;
  readonly password: string;
}
/** The demo cluster and the backup server it keeps its backups on, as the entries start them: this room never sees the simulator. */
export interface RunningDemo extends DemoServer {
  readonly backupServer: DemoServer;
  stop(): Promise<void>;
}
export type StartDemo = (stateFile: string) => Promise<RunningDemo>;

export interface Demo {
  readonly available: boolean;
  /** Starts both and registers what is not registered; returns the cluster. Throws AppError demo.unavailable. */
  open(signal: AbortSignal): Promise<Cluster>;
  /** At the start of the app: a registered demo server runs again, perhaps on another port. */
  resume(server: Server): Promise<Server>;
  /** After its deregistration there is nobody left to serve. */
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly startDemo: StartDemo | null;
  readonly stateFile: string;
  readonly servers: Servers;
  readonly credentials: Credentials;
  readonly log: Log;
  readonly readOnly: boolean;
}

/** The names under which they are listed; a number follows where an own server has one already. */
const demoNames = { pve: "Demo cluster", pbs: "Demo backup server" } as const;

export function createDemo(options: DemoOptions, clusters: () => Clusters): Demo {
  let running: Promise<RunningDemo> | null = null;
  let opening: Promise<Cluster> | null = null;

  function start(): Promise<RunningDemo> {
    const { startDemo } = options;
    if (startDemo === null) throw new AppError("demo.unavailable");
    running ??= startDemo(options.stateFile).catch((error: unknown) => {
      running = null;
      throw new AppError("demo.unavailable", { cause: error });
    });
    return running;
  }

  function find(kind: Server["kind"]): Cluster | undefined {
    return clusters()
      .list()
      .items.find((cluster) => cluster.demo && cluster.kind === kind);
  }

  function register(kind: Server["kind"], demo: DemoServer, signal: AbortSignal): Promise<Cluster> {
    const taken = clusters()
      .list()
      .items.map((cluster) => cluster.name);
    return clusters().registerKnown(
      {
        kind,
        name: freeName(demoNames[kind], taken),
        address: addressOf(demo),
        login: { kind: "password", user: demo.username },
        secret: secretOf(demo.password),
        demo: true,
      },
      signal,
    );
  }

  async function openOnce(signal: AbortSignal): Promise<Cluster> {
    const demo = await start();
    const cluster = find("pve") ?? (await register("pve", demo, signal));
    if (find("pbs") === undefined) await register("pbs", demo.backupServer, signal);
    return cluster;
  }

  return {
    available: options.startDemo !== null && !options.readOnly,
    open(signal) {
      opening ??= openOnce(signal).finally(() => {
        opening = null;
      });
      return opening;
    },
    async resume(server) {
      try {
        const started = await start();
        const demo = server.kind === "pbs" ? started.backupServer : started;
        await options.credentials.keepSecret(server.id, secretOf(demo.password), false);
        const moved: Server = { ...server, addresses: [addressOf(demo)], edition: server.edition + 1 };
        const [before, after] = [server.addresses[0], moved.addresses[0]];
        const sameTrust = JSON.stringify(before?.trust) === JSON.stringify(after?.trust);
        if (before?.address === after?.address && sameTrust) return server;
        await options.servers.update(moved, server.edition);
        return moved;
      } catch (error) {
        if (!isAppError(error)) throw error;
        // The other clusters must not wait for a toy: it is shown as not reachable.
        options.log.warn({ error }, "the demo cluster could not be started");
        return server;
      }
    },
    async stop() {
      const demo = await running?.catch(() => null);
      running = null;
      await demo?.stop();
    },
  };
}

function addressOf(demo: DemoServer): Server["addresses"][number] {
  const fingerprint = demo.fingerprint.replaceAll(":", "").toLowerCase();
  const trust = { kind: "pinned", fingerprint } as const;
  return { address: new URL(demo.url).host, trust, node: null, certificate: null, trustedAt: null };
}

function freeName(wanted: string, taken: readonly string[]): string {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = wanted;
  for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${wanted} ${String(number)}`;
  return name;
}

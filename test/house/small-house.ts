import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { vi } from "vitest";

import { createHouse } from "../../electron/house.ts";
import { createHub } from "../../electron/hub.ts";
import { silentLog } from "../../electron/log.ts";
import { createRedactor } from "../../electron/proxmox/secret.ts";
import { operations } from "../../shared/operations.ts";
import { ADMIN } from "../../simulator/credentials.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";

import type { FileToSave, Host, Notice } from "../../electron/host.ts";
import type { House, HouseOptions } from "../../electron/house.ts";
import type { Hub } from "../../electron/hub.ts";
import type { Cluster } from "../../shared/cluster.ts";
import type { EventName, Events } from "../../shared/events.ts";
import type { Job } from "../../shared/job.ts";
import type { Input, OperationName, Output } from "../../shared/operations.ts";
import type { Simulator, SimulatorOptions } from "../../simulator/simulator.ts";

/** A whole house with its database threads and a server of its own, beside whatever else the machine does. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Fast enough that a backup is over in a second, slow enough that it is seen running. */
const taskSpeed = 60;

/** Looks at tasks as often as their speed asks for. */
const quickLimits = { pace: [[Number.POSITIVE_INFINITY, 150]], proofEvery: 150 } as const;

export interface SmallHouse {
  readonly directory: string;
  readonly hub: Hub;
  readonly notices: readonly Notice[];
  readonly links: readonly string[];
  readonly saved: readonly { readonly fileName: string; readonly text: string }[];
  /** Like a window: input parsed, output parsed. */
  call<N extends OperationName>(operation: N, input: Input<N>, signal?: AbortSignal): Promise<Output<N>>;
  /** Every payload of an event so far. */
  seen<E extends EventName>(event: E): readonly Events[E][];
  /** Resolves when the check gives something, asked now and after each event. */
  until<T>(check: () => T | null | undefined | false | Promise<T | null | undefined | false>): Promise<T>;
  /** Rows of the audit, oldest first, as another process reads them. */
  audit(): readonly { readonly type: string; readonly data: unknown }[];
  /** Names of the records in the vault's file. */
  vaultRecords(): readonly string[];
  /** Starts a backup of VM 100 on `nas`. */
  backUp(clusterId: string): Promise<string>;
  /** Ends the house, does something to its files, and opens it again. */
  restart(meanwhile?: () => void): Promise<void>;
  /** Flips a bit in the stored secret of a cluster. */
  spoilVault(clusterId: string): void;
  /** As a crash between two steps of a registration leaves it: no row names the credential. */
  forgetServers(): void;
  /** Closes the house and leaves its files. */
  end(): Promise<void>;
  /** Closes the house and removes its files. */
  close(): Promise<void>;
}

export async function openSmallHouse(
  options: Partial<HouseOptions> & { readonly directory?: string } = {},
): Promise<SmallHouse> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "pxm-house-")));
  const notices: Notice[] = [];
  const links: string[] = [];
  const saved: { fileName: string; text: string }[] = [];
  const events: { readonly event: EventName; readonly payload: unknown }[] = [];
  const waiting = new Set<() => void>();
  let hub = createHub();
  let house: House;

  const host: Host = {
    kind: "loopback",
    secrets: null,
    async saveFile(file: FileToSave) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of file.content) chunks.push(chunk);
      saved.push({ fileName: file.fileName, text: Buffer.concat(chunks).toString("utf8") });
      return true;
    },
    pickFile: () => Promise.resolve(null),
    openLink(url) {
      links.push(url);
      return Promise.resolve();
    },
    notify: (notice) => void notices.push(notice),
    openWindow: () => undefined,
  };

  async function start(): Promise<void> {
    hub = createHub();
    hub.listen((event, _key, payload) => {
      events.push({ event, payload });
      for (const wake of waiting) wake();
    });
    house = await createHouse({
      host,
      hub,
      dataDirectory: directory,
      workerUrl: new URL("../../electron/store/database-worker.ts", import.meta.url),
      startDemo: null,
      log: silentLog,
      redactor: createRedactor(),
      limits: quickLimits,
      ...options,
    });
  }
  await start();

  const made: SmallHouse = {
    directory,
    get hub() {
      return hub;
    },
    notices,
    links,
    saved,
    async call(operation, input, signal = new AbortController().signal) {
      const { input: inputSchema, output } = operations[operation];
      const handler = house.handlers[operation] as (i: unknown, c: unknown) => Promise<unknown>;
      const call = { id: "test", trace: "test", signal };
      return output.parse(await handler(inputSchema.parse(input), call)) as Output<typeof operation>;
    },
    seen: (event) => events.filter((one) => one.event === event).map((one) => one.payload) as never,
    async until(check) {
      for (;;) {
        const next = Promise.withResolvers<void>();
        waiting.add(next.resolve);
        try {
          const found = await check();
          if (found !== null && found !== undefined && found !== false) return found;
          await next.promise;
        } finally {
          waiting.delete(next.resolve);
        }
      }
    },
    audit() {
      const database = new DatabaseSync(join(directory, "jobs.db"), { readOnly: true });
      try {
        const rows = database.prepare("SELECT type, data FROM audit ORDER BY seq").all();
        return rows.map((row) => ({
          type: String(row["type"]),
          data: JSON.parse(String(row["data"])) as unknown,
        }));
      } finally {
        database.close();
      }
    },
    vaultRecords() {
      const file = JSON.parse(readFileSync(join(directory, "vault.json"), "utf8")) as { records: object };
      return Object.keys(file.records);
    },
    async backUp(clusterId) {
      const { jobId } = await made.call("backups.run", {
        clusterId,
        node: "pve1",
        vmid: 100,
        storage: "nas",
        mode: "snapshot",
        compress: "zstd",
        note: "",
        protect: false,
        keepAll: false,
        draft: randomUUID(),
      });
      return jobId;
    },
    spoilVault(clusterId) {
      const path = join(directory, "vault.json");
      const file = JSON.parse(readFileSync(path, "utf8")) as {
        records: Record<string, { backend: string; data: string }>;
      };
      const { [`secret/${clusterId}`]: record } = file.records;
      if (record === undefined) throw new Error("no such record");
      const data = Buffer.from(record.data, "base64");
      data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
      record.data = data.toString("base64");
      delete file.records[`ticket/${clusterId}`];
      writeFileSync(path, JSON.stringify(file));
    },
    async restart(meanwhile) {
      await house.close();
      meanwhile?.();
      await start();
    },
    forgetServers() {
      const database = new DatabaseSync(join(directory, "jobs.db"));
      database.exec("DELETE FROM servers");
      database.close();
    },
    end: () => house.close(),
    async close() {
      await house.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return made;
}

export function startSmallServer(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    world: () => smallWorld(),
    speed: taskSpeed,
    loginFailureDelayMs: 0,
    ...options,
  });
}

export const addressOf = (simulator: Simulator): string => `127.0.0.1:${String(simulator.port)}`;
export const pinOf = (simulator: Simulator): string =>
  simulator.fingerprint.replaceAll(":", "").toLowerCase();

export interface RegisterOptions {
  readonly name?: string;
  readonly user?: string;
  readonly password?: string;
  readonly remember?: boolean;
}

export function registerInput(
  simulator: Simulator,
  options: RegisterOptions = {},
): Input<"clusters.register"> {
  return {
    attempt: "attempt",
    name: options.name ?? "small",
    address: addressOf(simulator),
    trust: { kind: "pinned", fingerprint: pinOf(simulator) },
    credential: {
      kind: "password",
      user: options.user ?? ADMIN.username,
      secret: options.password ?? ADMIN.password,
    },
    remember: options.remember ?? false,
  };
}

/** Registers and waits until the first poll has shown the guests. */
export async function registerCluster(
  house: SmallHouse,
  simulator: Simulator,
  options: RegisterOptions = {},
): Promise<Cluster> {
  const result = await house.call("clusters.register", registerInput(simulator, options));
  if (result.outcome !== "registered") throw new Error(`not registered: ${result.outcome}`);
  const { id } = result.cluster;
  return house.until(() => clusterOf(house, id, ({ status }) => status !== "connecting"));
}

export async function clusterOf(
  house: SmallHouse,
  id: string,
  matches: (cluster: Cluster) => boolean = () => true,
): Promise<Cluster | undefined> {
  const { items } = await house.call("clusters.list", undefined);
  return items.find((cluster) => cluster.id === id && matches(cluster));
}

/** Waits for the end of a job. */
export async function jobEnd(house: SmallHouse, jobId: string): Promise<Job> {
  return house.until(async () => {
    const { job } = await house.call("jobs.get", { jobId });
    return job.endedAt === null ? null : job;
  });
}

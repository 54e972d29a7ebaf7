import { randomBytes } from "node:crypto";
import { createTickets } from "./access/tickets.ts";
import { fingerprintOf, nodeCertificate, type Certificate } from "./certificate.ts";
import { createClock } from "./clock.ts";
import { openControlServer, type ControlServer } from "./control-server.ts";
import { createControls, type Controls } from "./controls.ts";
import { createFaults, type Faults } from "./faults.ts";
import type { Api } from "./http/handle.ts";
import { pause } from "./http/handle.ts";
import { listen, type Listener } from "./http/listener.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { routes } from "./routes/all.ts";
import { createRouter } from "./routes/route.ts";
import { readState, writeState, type Saved } from "./state-file.ts";
import type { Settings, State } from "./state.ts";
import { advance, untilNextStep } from "./tasks/engine.ts";
import type { Task } from "./tasks/task.ts";
import type { World } from "./world.ts";

export type SimulatorOptions = {
  /** The cluster to be; not called when a state file has one already. */
  readonly world: World | (() => World);
  /** 0 or absent = any free port. */
  readonly port?: number;
  /** Also opens a socket for each further node, on free ports, each with its node's certificate. */
  readonly everyNode?: boolean;
  readonly host?: "127.0.0.1";
  /** Task time per real time; 1 = as on a real server. Tests use 50. */
  readonly speed?: number;
  readonly seed?: number;
  /** Where the state is kept over restarts. */
  readonly stateFile?: string;
  /** Where each ledger entry is also appended as a line of JSON. */
  readonly ledgerFile?: string;
  /** Real time in milliseconds since the epoch. */
  readonly now?: () => number;
  /** How far the server's clock is ahead of `now`. */
  readonly clockOffsetMs?: number;
  /** The first node's certificate, instead of a fresh one. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** How late a failed login is answered; absent = 3 s divided by the speed. */
  readonly loginFailureDelayMs?: number;
  /** Finished tasks a node remembers. */
  readonly taskIndexSize?: number;
  /** Opens the control port for other processes (see control-server.ts). */
  readonly control?: boolean;
};

export type Simulator = {
  readonly url: string;
  readonly port: number;
  /** SHA-256 of the certificate in use now, `AA:BB:…`. */
  readonly fingerprint: string;
  readonly certificatePem: string;
  /** node → port, the first node's included. */
  readonly ports: ReadonlyMap<string, number>;
  readonly controlPort: number | null;
  /** The live world: read it, change it through `control`. */
  readonly world: World;
  readonly tasks: () => readonly Task[];
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly control: Controls;
  readonly setSpeed: (speed: number) => void;
  /** A new certificate on every socket, as after a reinstallation. Returns its fingerprint (the first node's). */
  readonly swapCertificate: () => string;
  readonly refuseConnections: (milliseconds: number) => Promise<void>;
  /** Waits until a task has ended and returns it. */
  readonly whenTaskEnds: (upid: string, signal: AbortSignal) => Promise<Task>;
  readonly stop: () => Promise<void>;
};

const LOGIN_FAILURE_MS = 3000;
/** pve-common rotates the task index at 50 kB, about a thousand entries. */
const TASK_INDEX_SIZE = 1000;
const FIRST_PID = 1_100_123;

function freshCertificates(world: World, now: number): Map<string, Certificate> {
  return new Map(world.nodes.map((node) => [node.node, nodeCertificate(node.node, node.address, now)]));
}

function begin(options: SimulatorOptions, now: number): Saved {
  const world = typeof options.world === "function" ? options.world() : options.world;
  const speed = options.speed ?? 1;
  const settings: Settings = {
    taskIndexSize: options.taskIndexSize ?? TASK_INDEX_SIZE,
    heldLocks: [],
    loginFailureDelay: options.loginFailureDelayMs ?? LOGIN_FAILURE_MS / speed,
  };
  const certificates = freshCertificates(world, now);
  const first = world.nodes[0]?.node;
  const given = options.certificate;
  if (given && first !== undefined)
    certificates.set(first, { ...given, fingerprint: fingerprintOf(given.cert) });
  return {
    version: 1,
    world,
    tasks: [],
    clock: { virtualAt: now, realAt: now, speed, offset: options.clockOffsetMs ?? 0 },
    settings,
    seed: options.seed ?? 1,
    nextPid: FIRST_PID,
    secret: randomBytes(32).toString("hex"),
    certificates: [...certificates],
  };
}

/** Starts a Proxmox VE 9.2 server on a real HTTPS socket. Throws when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const saved =
    (options.stateFile === undefined ? null : readState(options.stateFile)) ?? begin(options, now());
  const { world } = saved;
  const certificates = new Map(saved.certificates);
  const first = world.nodes[0]?.node;
  if (first === undefined) throw new Error("a cluster has at least one node");
  let dirty = true;
  const state: State = {
    world,
    tasks: saved.tasks,
    clock: createClock(now, saved.clock),
    ledger: createLedger(options.ledgerFile ?? null),
    seed: saved.seed,
    settings: saved.settings,
    changed: () => {
      dirty = true;
    },
    nextPid: saved.nextPid,
  };
  const save = (): void => {
    if (!dirty || options.stateFile === undefined) return;
    dirty = false;
    const { tasks, settings, seed, nextPid } = state;
    writeState(options.stateFile, {
      version: 1,
      world,
      tasks,
      settings,
      seed,
      nextPid,
      clock: state.clock.state(),
      secret: saved.secret,
      certificates: [...certificates],
    });
  };
  const faults = createFaults();
  const api: Api = { state, tickets: createTickets(saved.secret), find: createRouter(routes), certificates };
  const certificateOf = (node: string): Certificate =>
    certificates.get(node) ?? nodeCertificate(node, "127.0.0.1", now());
  const listeners = new Map<string, Listener>();
  const opened = options.everyNode ? world.nodes.map((node) => node.node) : [first];
  for (const node of opened) {
    const port = node === first ? (options.port ?? 0) : 0;
    listeners.set(
      node,
      await listen({
        api,
        faults,
        node,
        host: options.host ?? "127.0.0.1",
        port,
        certificate: certificateOf(node),
        settled: save,
      }),
    );
  }
  save();
  const controls = createControls(state, faults);
  const swapCertificate = (): string => {
    for (const [node, certificate] of freshCertificates(world, now())) certificates.set(node, certificate);
    for (const [node, listener] of listeners) listener.setCertificate(certificateOf(node));
    dirty = true;
    save();
    return certificateOf(first).fingerprint;
  };
  const refuseConnections = async (milliseconds: number): Promise<void> => {
    await Promise.all([...listeners.values()].map(async (listener) => listener.refuse(milliseconds)));
  };
  const remote = {
    ...controls,
    swapCertificate,
    refuseConnections: (milliseconds: number): null => {
      void refuseConnections(milliseconds);
      return null;
    },
  };
  const server: ControlServer | null = options.control ? await openControlServer(remote, state) : null;
  const port = listeners.get(first)?.port ?? 0;
  const whenTaskEnds = async (upid: string, signal: AbortSignal): Promise<Task> => {
    for (;;) {
      signal.throwIfAborted();
      advance(state);
      const task = state.tasks.find((one) => one.upid === upid);
      if (!task) throw new Error(`no task ${upid}`);
      if (task.exit !== null) return task;
      await pause(Math.min(50, untilNextStep(state) ?? 50), signal);
    }
  };
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    get fingerprint() {
      return certificateOf(first).fingerprint;
    },
    get certificatePem() {
      return certificateOf(first).cert;
    },
    ports: new Map([...listeners].map(([node, listener]) => [node, listener.port])),
    controlPort: server?.port ?? null,
    world,
    tasks: () => {
      advance(state);
      return state.tasks;
    },
    ledger: state.ledger,
    faults,
    control: controls,
    setSpeed: controls.setSpeed,
    swapCertificate,
    refuseConnections,
    whenTaskEnds,
    stop: async () => {
      faults.clear();
      await Promise.all([...listeners.values()].map(async (listener) => listener.close()));
      await server?.close();
      advance(state);
      save();
    },
  };
}

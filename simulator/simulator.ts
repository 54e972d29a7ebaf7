import { randomBytes } from "node:crypto";
import { createOpenId } from "./access/openid.ts";
import { createTickets } from "./access/tickets.ts";
import type { Behaviour } from "./behaviours.ts";
import { fingerprintOf, nodeCertificate, type Certificate } from "./certificate.ts";
import { createClock } from "./clock.ts";
import { openControlServer } from "./control-server.ts";
import { createControls, type Controls } from "./controls.ts";
import { linkTo, type Depot } from "./depots.ts";
import { createFaults, type Faults } from "./faults.ts";
import { proxmoxVe } from "./http/proxmox-ve.ts";
import { openSockets } from "./http/sockets.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { routes } from "./routes/all.ts";
import { createRouter } from "./routes/route.ts";
import { createKeeper, readState, STATE_VERSION, type Saved } from "./state-file.ts";
import type { Settings, State } from "./state.ts";
import { advance } from "./tasks/engine.ts";
import type { Task } from "./tasks/task.ts";
import { whenTaskEnds } from "./tasks/when-ends.ts";
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
  /** Behaviours of a real server to leave out (see behaviours.ts). */
  readonly without?: readonly Behaviour[];
  /** Storages of type pbs → the place on a simulated Backup Server where they keep their backups. */
  readonly depots?: Readonly<Record<string, Depot>>;
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
  /** A new certificate on every socket, as after a reinstallation, or on one node's. Returns its fingerprint (the first node's). */
  readonly swapCertificate: (node?: string) => string;
  /** Power off: the node is gone for the cluster, and its socket with it. */
  readonly killNode: (node: string) => Promise<void>;
  readonly reviveNode: (node: string) => Promise<void>;
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
    without: [...(options.without ?? [])],
    noteless: [],
    ailment: null,
    quorum: true,
    shyTasks: 0,
  };
  const certificates = freshCertificates(world, now);
  const first = world.nodes[0]?.node;
  const given = options.certificate;
  if (given && first !== undefined)
    certificates.set(first, { ...given, fingerprint: fingerprintOf(given.cert) });
  return {
    version: STATE_VERSION,
    world,
    tasks: [],
    clock: { virtualAt: now, realAt: now, speed, offset: options.clockOffsetMs ?? 0 },
    settings,
    seed: options.seed ?? 1,
    nextPid: FIRST_PID,
    secret: randomBytes(32).toString("hex"),
    port: 0,
    certificates: [...certificates],
  };
}

type Running = {
  readonly state: State;
  readonly certificates: Map<string, Certificate>;
  /** Writes what changed to the state file, if there is one. */
  readonly save: (port: number) => void;
};

/** The saved state brought to life: a clock that goes on, a ledger, and saving on change. */
function revive(options: SimulatorOptions, saved: Saved, now: () => number): Running {
  const certificates = new Map(saved.certificates);
  const { world, tasks, settings, seed, secret, nextPid } = saved;
  const keeper = createKeeper(options.stateFile, saved.port, (port): Saved => ({
    version: STATE_VERSION,
    world,
    tasks,
    settings,
    seed,
    secret,
    port,
    clock: state.clock.state(),
    nextPid: state.nextPid,
    certificates: [...certificates],
  }));
  const state: State = {
    world,
    tasks,
    clock: createClock(now, saved.clock),
    ledger: createLedger(options.ledgerFile ?? null),
    seed,
    settings,
    depots: new Map(Object.entries(options.depots ?? {}).map(([id, depot]) => [id, linkTo(depot)])),
    openid: createOpenId(),
    changed: keeper.changed,
    nextPid,
  };
  return { state, certificates, save: keeper.save };
}

/** Starts a Proxmox VE server of its world's version on a real HTTPS socket. Throws when the port asked for is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const saved =
    (options.stateFile === undefined ? null : (readState(options.stateFile) as Saved | null)) ??
    begin(options, now());
  const { world } = saved;
  const first = world.nodes[0]?.node;
  if (first === undefined) throw new Error("a cluster has at least one node");
  const { state, certificates, save } = revive(options, saved, now);
  const faults = createFaults();
  const find = createRouter(routes);
  const product = proxmoxVe({ state, tickets: createTickets(saved.secret), find, certificates });
  const sockets = await openSockets({
    product,
    faults,
    certificates,
    nodes: options.everyNode ? world.nodes.map((node) => node.node) : [first],
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    wishedPort: saved.port,
    settled: (port) => save(port),
  });
  save(sockets.port);
  const controls = createControls(state, faults);
  const current = (): Certificate => certificates.get(first) ?? nodeCertificate(first, "127.0.0.1", now());
  const setPower = async (node: string, on: boolean): Promise<void> => {
    controls.setNodeOnline(node, on);
    await sockets.setUp(node, on);
  };
  const killNode = async (node: string): Promise<void> => setPower(node, false);
  const reviveNode = async (node: string): Promise<void> => setPower(node, true);
  const swapCertificate = (only?: string): string => {
    for (const [node, certificate] of freshCertificates(world, now()))
      if (only === undefined || only === node) certificates.set(node, certificate);
    sockets.useCertificates();
    state.changed();
    save(sockets.port);
    return (certificates.get(only ?? first) ?? current()).fingerprint;
  };
  const remote = {
    ...controls,
    swapCertificate,
    killNode,
    reviveNode,
    refuseConnections: (milliseconds: number): null => {
      void sockets.refuse(milliseconds);
      return null;
    },
  };
  const server = options.control ? await openControlServer(remote, state) : null;
  return {
    url: `https://127.0.0.1:${sockets.port}`,
    port: sockets.port,
    get fingerprint() {
      return current().fingerprint;
    },
    get certificatePem() {
      return current().cert;
    },
    ports: sockets.ports,
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
    killNode,
    reviveNode,
    refuseConnections: sockets.refuse,
    whenTaskEnds: async (upid, signal) => whenTaskEnds(state, () => advance(state), upid, signal),
    stop: async () => {
      faults.clear();
      await sockets.close();
      await server?.close();
      advance(state);
      save(sockets.port);
    },
  };
}

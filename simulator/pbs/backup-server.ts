import { randomBytes } from "node:crypto";
import { createOpenId } from "../access/openid.ts";
import { createTickets } from "../access/tickets.ts";
import type { Behaviour } from "../behaviours.ts";
import { backupServerCertificate, fingerprintOf, type Certificate } from "../certificate.ts";
import { createClock, type ClockState } from "../clock.ts";
import { openControlServer } from "../control-server.ts";
import type { Depot } from "../depots.ts";
import { createFaults, type Faults } from "../faults.ts";
import { openSockets } from "../http/sockets.ts";
import { createLedger, type Ledger } from "../ledger.ts";
import { createRouter } from "../routes/route.ts";
import { createKeeper, readState, STATE_VERSION } from "../state-file.ts";
import { whenTaskEnds } from "../tasks/when-ends.ts";
import { createDepot, type Place } from "./depot.ts";
import { createBackupControls, type BackupControls } from "./controls.ts";
import { backupServer } from "./http/product.ts";
import { routes } from "./routes/all.ts";
import type { BackupSettings, BackupState } from "./state.ts";
import { advance } from "./tasks/engine.ts";
import type { BackupTask } from "./tasks/task.ts";
import type { BackupWorld } from "./world.ts";

export type BackupServerOptions = {
  /** The server to be; not called when a state file has one already. */
  readonly world: BackupWorld | (() => BackupWorld);
  /** 0 or absent = any free port. */
  readonly port?: number;
  /** Task time per real time; 1 = as on a real server. */
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
  /** Instead of a fresh one. */
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** How late a failed login is answered; absent = 3 s divided by the speed. */
  readonly loginFailureDelayMs?: number;
  /** Finished tasks the server remembers. */
  readonly taskIndexSize?: number;
  /** Behaviours of a real server to leave out (see ../behaviours.ts). */
  readonly without?: readonly Behaviour[];
  /** Lets jobs run by their schedules; absent = only when somebody starts them. */
  readonly schedules?: boolean;
  /** Opens the control port for other processes (see control-server.ts). */
  readonly control?: boolean;
};

export type BackupServer = {
  readonly url: string;
  readonly port: number;
  /** SHA-256 of the certificate in use now, `AA:BB:…`. */
  readonly fingerprint: string;
  readonly certificatePem: string;
  readonly controlPort: number | null;
  /** The live world: read it, change it through `control`. */
  readonly world: BackupWorld;
  readonly tasks: () => readonly BackupTask[];
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly control: BackupControls;
  /** A new certificate, as after a reinstallation. Returns its fingerprint. */
  readonly swapCertificate: () => string;
  readonly refuseConnections: (milliseconds: number) => Promise<void>;
  /** The door for a simulated cluster in this process, whose storage keeps its backups here. */
  readonly depot: (place: Place) => Depot;
  /** Waits until a task has ended and returns it. */
  readonly whenTaskEnds: (upid: string, signal: AbortSignal) => Promise<BackupTask>;
  readonly stop: () => Promise<void>;
};

/** All that a restarted server needs to look as if it had never stopped. */
type Saved = {
  readonly version: typeof STATE_VERSION;
  readonly world: BackupWorld;
  readonly tasks: BackupTask[];
  readonly clock: ClockState;
  readonly settings: BackupSettings;
  readonly seed: number;
  readonly secret: string;
  readonly port: number;
  readonly certificate: Certificate;
};

const LOGIN_FAILURE_MS = 3000;
const TASK_INDEX_SIZE = 1000;
/** A second factor may take ten minutes (proxmox-auth-api, authenticate_2nd). */
const TICKETS = { prefix: "PBS", challengeSeconds: 600 } as const;

function begin(options: BackupServerOptions, now: number): Saved {
  const world = typeof options.world === "function" ? options.world() : options.world;
  const speed = options.speed ?? 1;
  const given = options.certificate;
  return {
    version: STATE_VERSION,
    world,
    tasks: [],
    clock: { virtualAt: now, realAt: now, speed, offset: options.clockOffsetMs ?? 0 },
    settings: {
      schedules: options.schedules ?? false,
      taskIndexSize: options.taskIndexSize ?? TASK_INDEX_SIZE,
      loginFailureDelay: options.loginFailureDelayMs ?? LOGIN_FAILURE_MS / speed,
      without: [...(options.without ?? [])],
    },
    seed: options.seed ?? 1,
    secret: randomBytes(32).toString("hex"),
    port: 0,
    certificate: given
      ? { ...given, fingerprint: fingerprintOf(given.cert) }
      : backupServerCertificate(world.node, now),
  };
}

/** Starts a Proxmox Backup Server on a real HTTPS socket. Throws when the port asked for is taken. */
export async function startBackupServer(options: BackupServerOptions): Promise<BackupServer> {
  const now = options.now ?? Date.now;
  const kept = options.stateFile === undefined ? null : (readState(options.stateFile) as Saved | null);
  const saved = kept ?? begin(options, now());
  const { world, tasks, settings, seed, secret } = saved;
  const certificates = new Map([[world.node, saved.certificate]]);
  const certificate = (): Certificate => certificates.get(world.node) ?? saved.certificate;
  const keeper = createKeeper(options.stateFile, saved.port, (port): Saved => ({
    version: STATE_VERSION,
    world,
    tasks,
    clock: state.clock.state(),
    settings,
    seed,
    secret,
    port,
    certificate: certificate(),
  }));
  let revision = 0;
  let listening = true;
  const state: BackupState = {
    world,
    tasks,
    clock: createClock(now, saved.clock),
    ledger: createLedger(options.ledgerFile ?? null),
    seed,
    settings,
    openid: createOpenId(),
    changed: () => {
      revision += 1;
      keeper.changed();
    },
  };
  const faults = createFaults();
  const sockets = await openSockets({
    product: backupServer({
      state,
      tickets: createTickets(secret, TICKETS),
      find: createRouter(routes),
      certificate,
    }),
    faults,
    certificates,
    nodes: [world.node],
    host: "127.0.0.1",
    port: options.port ?? 0,
    wishedPort: saved.port,
    settled: keeper.save,
  });
  keeper.save(sockets.port);
  const control = createBackupControls(state, faults);
  const refuse = async (milliseconds: number): Promise<void> => {
    listening = false;
    await sockets.refuse(milliseconds);
    listening = true;
  };
  const swapCertificate = (): string => {
    certificates.set(world.node, backupServerCertificate(world.node, now()));
    sockets.useCertificates();
    state.changed();
    keeper.save(sockets.port);
    return certificate().fingerprint;
  };
  const remote = {
    ...control,
    swapCertificate,
    refuseConnections: (milliseconds: number): null => {
      void refuse(milliseconds);
      return null;
    },
  };
  const server = options.control ? await openControlServer(remote, state) : null;
  return {
    url: `https://127.0.0.1:${sockets.port}`,
    port: sockets.port,
    get fingerprint() {
      return certificate().fingerprint;
    },
    get certificatePem() {
      return certificate().cert;
    },
    controlPort: server?.port ?? null,
    world,
    tasks: () => {
      advance(state);
      return tasks;
    },
    ledger: state.ledger,
    faults,
    control,
    swapCertificate,
    refuseConnections: refuse,
    depot: (place) =>
      createDepot(
        {
          state,
          revision: () => revision,
          address: () => ({
            server: "127.0.0.1",
            port: sockets.port,
            fingerprint: certificate().fingerprint,
          }),
          reachable: () => listening,
        },
        place,
      ),
    whenTaskEnds: async (upid, signal) => whenTaskEnds(state, () => advance(state), upid, signal),
    stop: async () => {
      faults.clear();
      listening = false;
      await sockets.close();
      await server?.close();
      advance(state);
      keeper.save(sockets.port);
    },
  };
}

import { parseAddress } from "../../electron/proxmox/address.ts";
import { systemClock } from "../../electron/proxmox/clock.ts";
import type { Clock } from "../../electron/proxmox/clock.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import type { Secret } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session, SessionOptions } from "../../electron/proxmox/session.ts";
import type { LoginName, Trust } from "../../shared/cluster.ts";
import type { Behaviour } from "../../simulator/behaviours.ts";
import { ADMIN } from "../../simulator/credentials.ts";
import type { PveVersion } from "../../simulator/profiles/pve.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";

/** The server that the suite speaks to: the simulator, or a real host named by PROXMOXER_PVE_URL. */
export interface Target {
  readonly address: string;
  readonly trust: Trust;
  readonly admin: Account;
  /** A node that holds both guests, a storage that takes backups and keeps all of them, a VM and a container. */
  readonly node: string;
  readonly storage: string;
  readonly vm: number;
  readonly ct: number;
  /** Where the guests' disks may be restored to; null = where they came from. */
  readonly disks: string | null;
  /** What only the simulator can be made to do; null on a real host. */
  readonly simulator: Simulator | null;
  /** Runs faster than real time on the simulator: waits cost nothing there. */
  readonly clock: Clock;
  session(account?: Account, more?: Partial<SessionOptions>): Session;
  close(): Promise<void>;
}

export interface Account {
  readonly login: LoginName;
  readonly secret: Secret;
}

export const never = new AbortController().signal;

/** Pauses of the client (its pace, its polls) are this much shorter on the simulator. */
const hurry = 40;
/** Tasks of the simulator run this much faster than real ones. */
const simulatorSpeed = 400;

const hurriedClock: Clock = {
  now: () => performance.timeOrigin + performance.now() * hurry,
  sleep: async (ms, signal) => await systemClock.sleep(ms / hurry, signal),
};

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is needed to run against a real host`);
  return value;
}

function adminOfHost(): Account {
  const token = process.env["PROXMOXER_PVE_TOKEN"];
  if (token === undefined || token === "") {
    return {
      login: { kind: "password", user: required("PROXMOXER_PVE_USER") },
      secret: secretOf(required("PROXMOXER_PVE_PASSWORD")),
    };
  }
  const at = token.indexOf("=");
  return { login: { kind: "token", tokenId: token.slice(0, at) }, secret: secretOf(token.slice(at + 1)) };
}

function trustOfHost(): Trust {
  const fingerprint = process.env["PROXMOXER_PVE_FINGERPRINT"];
  if (fingerprint === undefined || fingerprint === "") return { kind: "system" };
  return { kind: "pinned", fingerprint: fingerprint.replaceAll(/[:\s]/gu, "").toLowerCase() };
}

type Place = Omit<Target, "session" | "close">;

function hostPlace(url: string): Place {
  return {
    address: parseAddress(url, "pve").address,
    trust: trustOfHost(),
    admin: adminOfHost(),
    node: required("PROXMOXER_PVE_NODE"),
    storage: required("PROXMOXER_PVE_STORAGE"),
    vm: Number(required("PROXMOXER_PVE_VM")),
    ct: Number(required("PROXMOXER_PVE_CT")),
    disks: null,
    simulator: null,
    clock: systemClock,
  };
}

/** mutations.ts switches one behaviour off, to see that a test notices. */
export function leftOut(): readonly Behaviour[] {
  const name = process.env["PROXMOXER_SIMULATOR_WITHOUT"] ?? "";
  return name === "" ? [] : [name as Behaviour];
}

async function simulatorPlace(): Promise<Place> {
  const world = smallWorld({ version: simulated });
  const simulator = await startSimulator({ world, speed: simulatorSpeed, without: leftOut() });
  return {
    address: `127.0.0.1:${simulator.port}`,
    trust: { kind: "pinned", fingerprint: simulator.fingerprint.replaceAll(":", "").toLowerCase() },
    admin: {
      login: { kind: "password", user: ADMIN.username },
      secret: secretOf(ADMIN.password),
    },
    node: "pve1",
    storage: "nas",
    vm: 100,
    ct: 102,
    disks: null,
    simulator,
    clock: hurriedClock,
  };
}

/** Which Proxmox VE the simulator is; the suite is the same for all of them. */
const simulated = (process.env["PROXMOXER_SIMULATOR_VERSION"] ?? "9.2") as PveVersion;

/** For what came with a version: older servers refuse it or leave it out, which tests of its own show. A real host is new enough. */
export const before = (version: PveVersion): boolean => !onHost && simulated < version;

export const onHost = (process.env["PROXMOXER_PVE_URL"] ?? "") !== "";

export async function openTarget(): Promise<Target> {
  const place = onHost ? hostPlace(required("PROXMOXER_PVE_URL")) : await simulatorPlace();
  const sessions: Session[] = [];
  return {
    ...place,
    session: (account = place.admin, more = {}) => {
      const session = createSession({
        kind: "pve",
        routes: [place],
        login: account.login,
        secret: () => Promise.resolve(account.secret),
        clock: place.clock,
        ...more,
      });
      sessions.push(session);
      return session;
    },
    close: async () => {
      for (const session of sessions) await session.close();
      await place.simulator?.stop();
    },
  };
}

/** Slows the simulator's tasks down while something is looked at in the middle; a real host needs no help. */
export async function slowly<T>(target: Target, run: () => Promise<T>): Promise<T> {
  target.simulator?.setSpeed(1);
  try {
    return await run();
  } finally {
    target.simulator?.setSpeed(simulatorSpeed);
  }
}

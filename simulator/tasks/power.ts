import type { Values } from "../schema.ts";
import { configFile, guestOf, wordOf, type State } from "../state.ts";
import type { Guest, GuestType } from "../world.ts";
import type { Effect, Step } from "./task.ts";

const SHUTDOWN_SECONDS = 60;
const BOOT_MS = 2500;
const HALT_MS = 5000;

const ended = (at: number, exit: string): Step => ({ at, effect: { kind: "end", exit } });
const does = (at: number, effect: Effect): Step => ({ at, effect });

function start(guest: Guest): readonly Step[] {
  if (guest.status === "running") return [ended(200, `${wordOf(guest)} ${guest.vmid} already running`)];
  return [does(BOOT_MS, { kind: "power", vmid: guest.vmid, status: "running" }), ended(BOOT_MS, "OK")];
}

function stop(guest: Guest): readonly Step[] {
  return [does(1500, { kind: "power", vmid: guest.vmid, status: "stopped" }), ended(1500, "OK")];
}

function shutdown(guest: Guest, params: Values): readonly Step[] {
  const { vmid } = guest;
  if (guest.status === "stopped") return [ended(200, `${wordOf(guest)} ${vmid} not running`)];
  if (guest.obeysShutdown)
    return [does(HALT_MS, { kind: "power", vmid, status: "stopped" }), ended(HALT_MS, "OK")];
  const timeout = Number(params["timeout"] ?? SHUTDOWN_SECONDS) * 1000;
  if (params["forceStop"] !== true)
    return [
      ended(
        timeout,
        guest.type === "qemu"
          ? "VM quit/powerdown failed - got timeout"
          : "command 'lxc-stop' failed: exit code 1",
      ),
    ];
  return [
    { at: timeout, line: "VM quit/powerdown failed - terminating now with SIGTERM" },
    does(timeout + 1500, { kind: "power", vmid, status: "stopped" }),
    ended(timeout + 1500, "OK"),
  ];
}

function reboot(guest: Guest, params: Values): readonly Step[] {
  const { vmid } = guest;
  if (guest.status === "stopped") return [ended(200, `${wordOf(guest)} ${vmid} not running`)];
  if (!guest.obeysShutdown) return shutdown(guest, params);
  return [
    does(HALT_MS, { kind: "power", vmid, status: "stopped" }),
    does(HALT_MS + BOOT_MS, { kind: "power", vmid, status: "running" }),
    ended(HALT_MS + BOOT_MS, "OK"),
  ];
}

function pause(guest: Guest, status: "paused" | "running"): readonly Step[] {
  if (guest.status === "stopped") return [ended(200, `${wordOf(guest)} ${guest.vmid} not running`)];
  return [does(700, { kind: "power", vmid: guest.vmid, status }), ended(700, "OK")];
}

/** The course of start, stop, shutdown, reboot, suspend and resume, decided when the worker begins: 200 with a UPID proves nothing. */
export function powerSteps(
  state: State,
  node: string,
  type: GuestType,
  vmid: number,
  action: string,
  params: Values,
): readonly Step[] {
  const guest = guestOf(state.world, vmid);
  if (!guest || guest.node !== node || guest.type !== type) return [ended(100, configFile(node, type, vmid))];
  const locked = guest.lock !== null && !(action === "resume" && guest.lock === "suspended");
  if (locked && action !== "stop") return [ended(150, `${wordOf(guest)} is locked (${guest.lock ?? ""})`)];
  switch (action) {
    case "start":
      return start(guest);
    case "stop":
      return stop(guest);
    case "shutdown":
      return shutdown(guest, params);
    case "reboot":
      return reboot(guest, params);
    case "suspend":
      return pause(guest, "paused");
    default:
      return pause(guest, "running");
  }
}

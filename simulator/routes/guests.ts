import { died } from "../errors.ts";
import { guestConfig } from "../guest-config.ts";
import { BOOLEAN, COUNT, STRING, type Parameters } from "../schema.ts";
import { configFile, guestOf, haOf, wordOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import { powerSteps } from "../tasks/power.ts";
import type { Step } from "../tasks/task.ts";
import type { Disk, Guest, GuestType } from "../world.ts";
import { figuresOf, lockOf, tagsOf } from "./figures.ts";
import { rrdRows, RRD_PARAMETERS } from "./nodes.ts";
import { answer, may, text, type Call, type Route } from "./route.ts";

/** The guest of the path, on its node and of its type. Throws the 500 about its configuration file. */
export function guestHere(call: Call, type: GuestType): Guest {
  const vmid = Number(call.params["vmid"]);
  const guest = guestOf(call.state.world, vmid);
  if (guest?.type !== type || guest.node !== text(call, "node"))
    throw died(configFile(text(call, "node"), type, vmid));
  return guest;
}

const pidOf = (guest: Guest): number => 1000 + ((guest.vmid * 131 + guest.startedAt) % 3_000_000);

function pressures(type: GuestType): object {
  const value = type === "qemu" ? 0 : null;
  const some = {
    pressurecpusome: value,
    pressureiosome: value,
    pressureiofull: value,
    pressurememorysome: value,
    pressurememoryfull: value,
  };
  return { ...some, pressurecpufull: value };
}

/** A row of GET /nodes/{node}/qemu or lxc. Containers call the numbers of processors `cpus` too, and have swap. */
function listRow(call: Call, guest: Guest): Record<string, unknown> {
  const figures = figuresOf(call.state, guest);
  const { memhost, ...rest } = figures;
  const running = guest.status !== "stopped";
  return {
    vmid: guest.vmid,
    name: guest.name,
    status: running ? "running" : "stopped",
    cpus: guest.cores,
    ...rest,
    ...(guest.type === "qemu" ? { memhost } : { type: "lxc", swap: 0, maxswap: 536_870_912 }),
    ...tagsOf(guest),
    ...lockOf(guest),
    ...(guest.template ? { template: 1 } : {}),
    ...(running ? { pid: pidOf(guest), ...pressures(guest.type) } : {}),
  };
}

function withoutDiskTraffic(row: Record<string, unknown>): Record<string, unknown> {
  const { diskread: _read, diskwrite: _write, ...rest } = row;
  return rest;
}

function list(call: Call, type: GuestType): readonly object[] {
  return call.state.world.guests
    .filter(
      (guest) =>
        guest.type === type &&
        guest.node === text(call, "node") &&
        may(call, `/vms/${guest.vmid}`, ["VM.Audit"]),
    )
    .map((guest) => (type === "qemu" ? withoutDiskTraffic(listRow(call, guest)) : listRow(call, guest)));
}

const COUNTERS = ["rd", "wr", "flush", "unmap"].flatMap((kind) => [
  `${kind}_operations`,
  `${kind}_total_time_ns`,
  `failed_${kind}_operations`,
  `invalid_${kind}_operations`,
]);

/** QEMU's counters of one disk: here it has read what it holds once, and nothing else. */
function blockStatistics(disk: Disk): object {
  const zeros = ["rd_merged", "wr_merged", "unmap_merged", "wr_bytes", "unmap_bytes", "wr_highest_offset"];
  return {
    ...Object.fromEntries([...COUNTERS, ...zeros].map((name) => [name, 0])),
    rd_bytes: disk.used,
    rd_operations: Math.ceil(disk.used / 65_536),
    idle_time_ns: 0,
    account_failed: true,
    account_invalid: true,
    timed_stats: [],
  };
}

function current(call: Call, type: GuestType): object {
  const guest = guestHere(call, type);
  const row = listRow(call, guest);
  const resource = haOf(call.state.world, guest.vmid);
  const ha = resource
    ? { managed: 1, state: resource.state, group: resource.group ?? undefined }
    : { managed: 0 };
  if (type === "lxc") return { ...row, ha };
  const running = guest.status !== "stopped";
  const qmpstatus = guest.status === "paused" ? "paused" : guest.status;
  if (!running) return { ...withoutDiskTraffic(row), ha, qmpstatus };
  const machine = { "running-machine": "pc-i440fx-10.1+pve0", "running-qemu": "10.1.2" };
  const support = {
    "pbs-dirty-bitmap": true,
    "pbs-dirty-bitmap-migration": true,
    "pbs-dirty-bitmap-savevm": true,
    "query-bitmap-info": true,
    "pbs-library-version": "1.5.1",
    "pbs-masterkey": true,
    "backup-max-workers": true,
  };
  const max = guest.memory * 1_048_576;
  return {
    ...row,
    ha,
    qmpstatus,
    ...machine,
    ...(guest.agent ? { agent: 1 } : {}),
    balloon: max,
    ballooninfo: { max_mem: max, actual: max },
    blockstat: Object.fromEntries(guest.disks.map((disk) => [disk.key, blockStatistics(disk)])),
    "proxmox-support": support,
  };
}

function pending(call: Call, type: GuestType): readonly object[] {
  return Object.entries(guestConfig(guestHere(call, type))).map(([key, value]) => ({ key, value }));
}

function guestRrd(call: Call, type: GuestType): readonly object[] {
  const guest = guestHere(call, type);
  const figures = figuresOf(call.state, guest);
  const since = guest.status === "stopped" ? Number.POSITIVE_INFINITY : guest.startedAt;
  return rrdRows(call, `guest${guest.vmid}`, since, (share) => ({
    cpu: Math.min(1, guest.load * (0.4 + share * 1.2)),
    maxcpu: guest.cores,
    mem: figures.maxmem * Math.min(1, guest.memoryShare * (0.8 + share * 0.3)),
    maxmem: figures.maxmem,
    disk: figures.disk,
    maxdisk: figures.maxdisk,
    netin: share * 400_000,
    netout: share * 700_000,
    diskread: share * 900_000,
    diskwrite: share * 600_000,
  })).map((row) => ({ maxcpu: guest.cores, maxmem: figures.maxmem, ...row }));
}

const HA_ACTIONS: Readonly<Record<string, "start" | "stop">> = {
  start: "start",
  stop: "stop",
  shutdown: "stop",
};
/** The HA manager acts in its next rounds, some seconds after the request's task has ended. */
const HA_REACTION_MS = 8000;

/** Of an HA-managed guest only the request is a task of the caller; the work follows later as root@pam. */
function haSteps(guest: Guest, action: string): readonly Step[] {
  const verb = HA_ACTIONS[action] ?? "start";
  const type = `${guest.type === "qemu" ? "qm" : "vz"}${action === "shutdown" || action === "stop" ? (action === "stop" ? "stop" : "shutdown") : "start"}`;
  return [
    { at: 100, line: `Requesting HA ${verb} for ${wordOf(guest)} ${guest.vmid}` },
    { at: 900, effect: { kind: "end", exit: "OK" } },
    {
      at: HA_REACTION_MS,
      effect: { kind: "task", type, vmid: guest.vmid, user: "root@pam", requestedBy: "ha" },
    },
  ];
}

/** What a container's handler refuses before a worker starts; a VM's leaves it all to the worker (seen on PVE 9.2). */
function refuseContainer(call: Call, action: string): void {
  const guest = guestOf(call.state.world, Number(call.params["vmid"]));
  if (guest?.type !== "lxc") return;
  if (action === "start" && guest.status !== "stopped") throw died(`CT ${guest.vmid} already running`);
  if (["stop", "shutdown", "reboot"].includes(action) && guest.status === "stopped")
    throw died(`CT ${guest.vmid} not running`);
}

function power(call: Call, type: GuestType, action: string): string {
  const { state } = call;
  const vmid = Number(call.params["vmid"]);
  const node = text(call, "node");
  if (type === "lxc") refuseContainer(call, action);
  const guest = guestOf(state.world, vmid);
  const resource = haOf(state.world, vmid);
  const prefix = type === "qemu" ? "qm" : "vz";
  const { node: _node, vmid: _vmid, ...params } = call.params;
  const wish = { node, id: String(vmid), user: call.authid, params, vmid };
  if (guest && resource && HA_ACTIONS[action]) {
    resource.state = HA_ACTIONS[action] === "start" ? "started" : "stopped";
    return startTask(state, {
      ...wish,
      type: HA_ACTIONS[action] === "start" ? "hastart" : "hastop",
      steps: haSteps(guest, action),
    }).upid;
  }
  return startTask(state, {
    ...wish,
    type: `${prefix}${action}`,
    steps: powerSteps(state, node, type, vmid, action, params),
  }).upid;
}

/** Removes a stopped guest and its disks; its backups stay. Containers and VMs refuse a running one in their own words. */
function destroy(call: Call, type: GuestType): string {
  const guest = guestHere(call, type);
  const { vmid, node } = guest;
  if (guest.status !== "stopped") {
    throw died(
      type === "qemu"
        ? `VM ${vmid} is running - destroy failed`
        : `unable to destroy CT ${vmid} - container is running`,
    );
  }
  if (guest.protection) throw died(`can't remove ${wordOf(guest)} ${vmid} - protection mode enabled`);
  if (guest.lock !== null && guest.lock !== "create")
    throw died(`${wordOf(guest)} is locked (${guest.lock})`);
  const freed = guest.disks.map((disk): Step => ({
    at: 1200,
    effect: { kind: "disk-use", node, storage: disk.storage, bytes: -disk.used },
  }));
  const purged: readonly Step[] =
    type === "qemu" && call.params["purge"] === true
      ? [{ at: 300, line: `purging VM ${vmid} from related configurations..` }]
      : [];
  const steps: readonly Step[] = [
    ...purged,
    ...freed,
    { at: 1200, effect: { kind: "guest-remove", vmid } },
    { at: 1200, effect: { kind: "end", exit: "OK" } },
  ];
  const task = startTask(call.state, {
    node,
    type: type === "qemu" ? "qmdestroy" : "vzdestroy",
    id: String(vmid),
    user: call.authid,
    params: {},
    steps,
    vmid,
  });
  return task.upid;
}

const skiplock = BOOLEAN;
const timeout = COUNT;
const POWER: Readonly<Record<GuestType, Readonly<Record<string, Parameters>>>> = {
  qemu: {
    start: {
      skiplock,
      timeout,
      machine: STRING,
      "force-cpu": STRING,
      migratedfrom: STRING,
      migration_network: STRING,
      migration_type: STRING,
      "nets-host-mtu": STRING,
      stateuri: STRING,
      targetstorage: STRING,
      "with-conntrack-state": BOOLEAN,
    },
    stop: {
      skiplock,
      timeout,
      keepActive: BOOLEAN,
      migratedfrom: STRING,
      "overrule-shutdown": BOOLEAN,
    },
    shutdown: { skiplock, timeout, forceStop: BOOLEAN, keepActive: BOOLEAN },
    reboot: { timeout },
    suspend: { skiplock, todisk: BOOLEAN, statestorage: STRING },
    resume: { skiplock, nocheck: BOOLEAN },
  },
  lxc: {
    start: { skiplock, debug: BOOLEAN },
    stop: { skiplock, "overrule-shutdown": BOOLEAN },
    shutdown: { timeout, forceStop: BOOLEAN },
    reboot: { timeout },
    suspend: {},
    resume: {},
  },
};

function powerRoutes(type: GuestType): readonly Route[] {
  return Object.entries(POWER[type]).map(([action, parameters]) => ({
    method: "POST",
    path: `/nodes/{node}/${type}/{vmid}/status/${action}`,
    permission: { path: "/vms/{vmid}", privileges: ["VM.PowerMgmt"] },
    parameters,
    run: (call) => answer(power(call, type, action)),
  }));
}

function routesOf(type: GuestType): readonly Route[] {
  const base = `/nodes/{node}/${type}`;
  const audit = { path: "/vms/{vmid}", privileges: ["VM.Audit"] };
  return [
    {
      method: "GET",
      path: base,
      parameters: type === "qemu" ? { full: BOOLEAN } : {},
      run: (call) => answer(list(call, type)),
    },
    {
      method: "GET",
      path: `${base}/{vmid}/status/current`,
      permission: audit,
      run: (call) => answer(current(call, type)),
    },
    {
      method: "GET",
      path: `${base}/{vmid}/config`,
      permission: audit,
      parameters: { current: BOOLEAN, snapshot: STRING },
      run: (call) => answer(guestConfig(guestHere(call, type))),
    },
    {
      method: "GET",
      path: `${base}/{vmid}/pending`,
      permission: audit,
      run: (call) => answer(pending(call, type)),
    },
    {
      method: "GET",
      path: `${base}/{vmid}/rrddata`,
      permission: audit,
      parameters: RRD_PARAMETERS,
      run: (call) => answer(guestRrd(call, type)),
    },
    {
      method: "DELETE",
      path: `${base}/{vmid}`,
      permission: { path: "/vms/{vmid}", privileges: ["VM.Allocate"] },
      parameters: {
        purge: BOOLEAN,
        "destroy-unreferenced-disks": BOOLEAN,
        ...(type === "qemu" ? { skiplock } : { force: BOOLEAN }),
      },
      run: (call) => answer(destroy(call, type)),
    },
    ...powerRoutes(type),
  ];
}

/** Guests: lists, state, configuration and power. */
export const guestRoutes: readonly Route[] = [...routesOf("qemu"), ...routesOf("lxc")];

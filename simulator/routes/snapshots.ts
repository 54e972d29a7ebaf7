import { holds } from "../behaviours.ts";
import { badParameters } from "../errors.ts";
import { guestConfig } from "../guest-config.ts";
import { BOOLEAN, STRING } from "../schema.ts";
import { wordOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import type { Step } from "../tasks/task.ts";
import type { Guest, GuestType } from "../world.ts";
import { guestHere } from "./guests.ts";
import { answer, flag, optional, text, type Call, type Route } from "./route.ts";

const NAME = /^[a-z][a-z0-9_-]{0,39}$/i;

function list(call: Call, type: GuestType): readonly object[] {
  const guest = guestHere(call, type);
  const parent = guest.snapshots.at(-1);
  const digest = guestConfig(guest)["digest"];
  return [
    ...guest.snapshots.map((snapshot, index) => ({
      name: snapshot.name,
      description: snapshot.description,
      snaptime: snapshot.snaptime,
      vmstate: snapshot.vmstate ? 1 : 0,
      ...(index > 0 ? { parent: guest.snapshots[index - 1]?.name } : {}),
    })),
    {
      name: "current",
      description: "You are here!",
      digest,
      running: guest.status === "stopped" ? 0 : 1,
      ...(parent ? { parent: parent.name } : {}),
    },
  ];
}

const failed = (exit: string): readonly Step[] => [{ at: 200, effect: { kind: "end", exit } }];
const lockedText = (guest: Guest): string => `${wordOf(guest)} is locked (${guest.lock ?? ""})`;

function create(call: Call, guest: Guest, name: string): readonly Step[] {
  if (guest.lock !== null) return failed(lockedText(guest));
  const taken = guest.snapshots.some((one) => one.name === name);
  if (taken && holds(call.state, "P16")) return failed(`snapshot name '${name}' already used`);
  const snapshot = {
    name,
    description: optional(call, "description") ?? "",
    snaptime: call.state.clock.seconds(),
    vmstate: flag(call, "vmstate"),
  };
  const drives: readonly Step[] = guest.disks.map((disk) => ({
    at: 900,
    line: `snapshotting 'drive-${disk.key}' (${disk.storage}:${disk.volume})`,
  }));
  return [
    { at: 0, effect: { kind: "lock", vmid: guest.vmid, lock: "snapshot" } },
    ...(guest.type === "qemu" ? drives : []),
    { at: 1500, effect: { kind: "snapshot-add", vmid: guest.vmid, snapshot } },
    { at: 1500, effect: { kind: "lock", vmid: guest.vmid, lock: null } },
    { at: 1500, effect: { kind: "end", exit: "OK" } },
  ];
}

function change(guest: Guest, name: string, verb: "delete" | "rollback"): readonly Step[] {
  if (guest.lock !== null) return failed(lockedText(guest));
  if (!guest.snapshots.some((one) => one.name === name)) return failed(`snapshot '${name}' does not exist`);
  const effect =
    verb === "delete"
      ? ({ kind: "snapshot-remove", vmid: guest.vmid, name } as const)
      : ({ kind: "power", vmid: guest.vmid, status: "stopped" } as const);
  return [
    { at: 1500, effect },
    { at: 1500, effect: { kind: "end", exit: "OK" } },
  ];
}

const TASKS = { create: "snapshot", delete: "delsnapshot", rollback: "rollback" } as const;

function act(call: Call, type: GuestType, verb: keyof typeof TASKS): string {
  const guest = guestHere(call, type);
  const name = text(call, "snapname");
  if (verb === "create" && !NAME.test(name))
    throw badParameters({ snapname: `invalid format - invalid configuration ID '${name}'\n` });
  const { node, vmid: _, ...params } = call.params;
  const steps = verb === "create" ? create(call, guest, name) : change(guest, name, verb);
  const task = startTask(call.state, {
    node: String(node),
    type: `${type === "qemu" ? "qm" : "vz"}${TASKS[verb]}`,
    id: String(guest.vmid),
    user: call.authid,
    params,
    steps,
    vmid: guest.vmid,
  });
  return task.upid;
}

function routesOf(type: GuestType): readonly Route[] {
  const base = `/nodes/{node}/${type}/{vmid}/snapshot`;
  const allowed = { path: "/vms/{vmid}", privileges: ["VM.Snapshot"] };
  return [
    {
      method: "GET",
      path: base,
      permission: { path: "/vms/{vmid}", privileges: ["VM.Audit"] },
      run: (call) => answer(list(call, type)),
    },
    {
      method: "POST",
      path: base,
      permission: allowed,
      parameters: {
        snapname: { ...STRING, required: true },
        description: STRING,
        ...(type === "qemu" ? { vmstate: BOOLEAN } : {}),
      },
      run: (call) => answer(act(call, type, "create")),
    },
    {
      method: "DELETE",
      path: `${base}/{snapname}`,
      permission: allowed,
      parameters: { force: BOOLEAN },
      run: (call) => answer(act(call, type, "delete")),
    },
    {
      method: "POST",
      path: `${base}/{snapname}/rollback`,
      permission: { path: "/vms/{vmid}", privileges: ["VM.Snapshot", "VM.Snapshot.Rollback"], any: true },
      parameters: { start: BOOLEAN },
      run: (call) => answer(act(call, type, "rollback")),
    },
  ];
}

export const snapshotRoutes: readonly Route[] = [...routesOf("qemu"), ...routesOf("lxc")];

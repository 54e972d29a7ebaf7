import { died } from "../errors.ts";
import { BOOLEAN, splitList, STRING } from "../schema.ts";
import { guestOf } from "../state.ts";
import { figuresOf } from "./figures.ts";
import { answer, flag, may, optional, text, type Call, type Route } from "./route.ts";

function members(call: Call, poolid: string): readonly object[] {
  return call.state.world.guests
    .filter((guest) => guest.pool === poolid && may(call, `/vms/${guest.vmid}`, ["VM.Audit"]))
    .map((guest) => ({
      id: `${guest.type}/${guest.vmid}`,
      type: guest.type,
      vmid: guest.vmid,
      node: guest.node,
      name: guest.name,
      status: guest.status === "stopped" ? "stopped" : "running",
      template: guest.template ? 1 : 0,
      maxcpu: guest.cores,
      ...figuresOf(call.state, guest),
    }));
}

function list(call: Call): readonly object[] {
  const wanted = optional(call, "poolid");
  const seen = call.state.world.pools.filter((pool) => may(call, `/pool/${pool.poolid}`, ["Pool.Audit"]));
  if (wanted !== null) {
    return seen
      .filter((pool) => pool.poolid === wanted)
      .map(({ poolid }) => ({ poolid, members: members(call, poolid) }));
  }
  return seen.map(({ poolid, comment }) => ({ poolid, ...(comment === null ? {} : { comment }) }));
}

function create(call: Call): null {
  const poolid = text(call, "poolid");
  const { pools } = call.state.world;
  if (pools.some((pool) => pool.poolid === poolid))
    throw died(`create pool failed: pool '${poolid}' already exists`);
  pools.push({ poolid, comment: optional(call, "comment") });
  call.state.changed();
  return null;
}

function update(call: Call): null {
  const poolid = text(call, "poolid");
  const { world } = call.state;
  const index = world.pools.findIndex((pool) => pool.poolid === poolid);
  if (index === -1) throw died(`update pools failed: pool '${poolid}' does not exist`);
  for (const vmid of splitList(text(call, "vms")).map(Number)) {
    const guest = guestOf(world, vmid);
    if (!guest) throw died(`update pools failed: VM ${vmid} does not exist`);
    guest.pool = flag(call, "delete") ? null : poolid;
  }
  if (call.params["comment"] !== undefined)
    world.pools[index] = { poolid, comment: optional(call, "comment") };
  call.state.changed();
  return null;
}

function remove(call: Call): null {
  const poolid = text(call, "poolid");
  const { world } = call.state;
  if (!world.pools.some((pool) => pool.poolid === poolid))
    throw died(`delete pool failed: pool '${poolid}' does not exist`);
  if (world.guests.some((guest) => guest.pool === poolid))
    throw died(`delete pool failed: pool '${poolid}' is not empty`);
  world.pools.splice(0, world.pools.length, ...world.pools.filter((pool) => pool.poolid !== poolid));
  call.state.changed();
  return null;
}

const ALLOCATE = { path: "/pool/{poolid}", privileges: ["Pool.Allocate"] } as const;
const POOLID = { ...STRING, required: true } as const;

export const poolRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/pools",
    parameters: { poolid: STRING, type: STRING },
    run: (call) => answer(list(call)),
  },
  {
    method: "POST",
    path: "/pools",
    permission: ALLOCATE,
    parameters: { poolid: POOLID, comment: STRING },
    run: (call) => answer(create(call)),
  },
  {
    method: "PUT",
    path: "/pools",
    permission: ALLOCATE,
    parameters: {
      poolid: POOLID,
      comment: STRING,
      vms: STRING,
      storage: STRING,
      delete: BOOLEAN,
      "allow-move": BOOLEAN,
    },
    run: (call) => answer(update(call)),
  },
  {
    method: "DELETE",
    path: "/pools",
    permission: ALLOCATE,
    parameters: { poolid: POOLID },
    run: (call) => answer(remove(call)),
  },
  { method: "DELETE", path: "/pools/{poolid}", permission: ALLOCATE, run: (call) => answer(remove(call)) },
];

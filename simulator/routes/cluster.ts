import { badParameters } from "../errors.ts";
import { VMID } from "../schema.ts";
import { guestOf } from "../state.ts";
import { clusterTasks } from "./task-rows.ts";
import { figuresOf } from "./figures.ts";
import { answer, may, optional, text, type Call, type Route } from "./route.ts";

const AUDIT = { path: "/", privileges: ["Sys.Audit"] } as const;

function status(call: Call): readonly object[] {
  const { world } = call.state;
  const nodes = world.nodes.map((node) => ({
    id: `node/${node.node}`,
    type: "node",
    name: node.node,
    nodeid: world.cluster === null ? 0 : node.nodeid,
    ip: node.address,
    level: "",
    local: node.node === call.localNode ? 1 : 0,
    online: node.online ? 1 : 0,
  }));
  if (world.cluster === null) return nodes;
  const quorate = world.nodes.filter((node) => node.online).length * 2 > world.nodes.length ? 1 : 0;
  return [
    {
      id: "cluster",
      type: "cluster",
      name: world.cluster,
      version: world.nodes.length,
      nodes: world.nodes.length,
      quorate,
    },
    ...nodes,
  ];
}

function nextId(call: Call): string {
  const wanted = call.params["vmid"];
  if (typeof wanted === "number") {
    if (guestOf(call.state.world, wanted)) throw badParameters({ vmid: `VM ${wanted} already exists` });
    return String(wanted);
  }
  let vmid = 100;
  while (guestOf(call.state.world, vmid)) vmid += 1;
  return String(vmid);
}

function haStatus(call: Call): readonly object[] {
  const { world, clock } = call.state;
  const master = world.nodes.find((node) => node.online)?.node ?? "";
  const head = [
    { id: "quorum", type: "quorum", node: master, status: "OK", quorate: 1 },
    world.ha.length === 0
      ? {
          id: "fencing",
          type: "fencing",
          node: master,
          status: "standby (CRM watchdog standby)",
          "armed-state": "standby",
        }
      : {
          id: "fencing",
          type: "fencing",
          node: master,
          status: "armed (CRM watchdog active)",
          "armed-state": "armed",
        },
  ];
  if (world.ha.length === 0) return head;
  const stamp = new Date(clock.now()).toUTCString();
  return [
    ...head,
    {
      id: "master",
      type: "master",
      node: master,
      status: `${master} (active, ${stamp})`,
      timestamp: clock.seconds(),
    },
    ...world.nodes.map(({ node, online }) => ({
      id: `lrm:${node}`,
      type: "lrm",
      node,
      status: online ? `${node} (active, ${stamp})` : `${node} (old timestamp - dead?, ${stamp})`,
      timestamp: clock.seconds(),
    })),
    ...world.ha.map((resource) => {
      const guest = guestOf(world, resource.vmid);
      return {
        id: `service:${resource.sid}`,
        type: "service",
        sid: resource.sid,
        node: guest?.node ?? "",
        state: resource.state,
        request_state: resource.state,
        crm_state: resource.state,
        status: `${resource.sid} (${guest?.node ?? ""}, ${resource.state})`,
      };
    }),
  ];
}

const listed = (value: unknown): readonly string[] => (typeof value === "string" ? value.split(",") : []);

/** Guests that no backup job covers, of those the caller may see. */
function notBackedUp(call: Call): readonly object[] {
  const { world } = call.state;
  const covered = new Set<number>();
  for (const job of world.jobs) {
    const excluded = listed(job["exclude"]);
    for (const guest of world.guests) {
      const named = listed(job["vmid"]).includes(String(guest.vmid));
      const pooled = job["pool"] !== undefined && job["pool"] === guest.pool;
      const all =
        job["all"] === 1 &&
        !excluded.includes(String(guest.vmid)) &&
        (job["node"] === undefined || job["node"] === guest.node);
      if (named || pooled || all) covered.add(guest.vmid);
    }
  }
  return world.guests
    .filter((guest) => !covered.has(guest.vmid) && may(call, `/vms/${guest.vmid}`, ["VM.Audit"]))
    .map((guest) => ({ vmid: guest.vmid, name: guest.name, type: guest.type }));
}

function poolMembers(call: Call, poolid: string): readonly object[] {
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

function pools(call: Call): readonly object[] {
  const wanted = optional(call, "poolid");
  const seen = call.state.world.pools.filter((pool) => may(call, `/pool/${pool.poolid}`, ["Pool.Audit"]));
  if (wanted !== null) {
    return seen
      .filter((pool) => pool.poolid === wanted)
      .map(({ poolid }) => ({ poolid, members: poolMembers(call, poolid) }));
  }
  return seen.map(({ poolid, comment }) => ({ poolid, ...(comment === null ? {} : { comment }) }));
}

function job(call: Call): object {
  const found = call.state.world.jobs.find((one) => one.id === text(call, "id"));
  if (!found) throw badParameters({ id: `No such job '${text(call, "id")}'` });
  const { "next-run": _, ...config } = found;
  return config;
}

/** Reads that concern the cluster as a whole. */
export const clusterRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/version",
    run: () => answer({ version: "9.2.11", release: "9.2", repoid: "14a22df35955d97d" }),
  },
  { method: "GET", path: "/cluster/status", permission: AUDIT, run: (call) => answer(status(call)) },
  { method: "GET", path: "/cluster/nextid", parameters: { vmid: VMID }, run: (call) => answer(nextId(call)) },
  {
    method: "GET",
    path: "/cluster/options",
    run: (call) =>
      answer({
        mac_prefix: "BC:24:11",
        "allowed-tags": [...new Set(call.state.world.guests.flatMap((guest) => guest.tags))].toSorted(),
        description: "",
      }),
  },
  { method: "GET", path: "/cluster/tasks", run: (call) => answer(clusterTasks(call)) },
  {
    method: "GET",
    path: "/cluster/ha/resources",
    permission: AUDIT,
    parameters: { type: { type: "string", enum: ["ct", "vm"] } },
    run: (call) =>
      answer(
        call.state.world.ha.map(({ sid, state }) => ({
          sid,
          state,
          type: sid.split(":")[0],
          digest: "b1d3f0c7a5e94b0f9a2c6d8e7f1a3b5c7d9e0f12",
        })),
      ),
  },
  {
    method: "GET",
    path: "/cluster/ha/status/current",
    permission: AUDIT,
    run: (call) => answer(haStatus(call)),
  },
  { method: "GET", path: "/cluster/backup", permission: AUDIT, run: (call) => answer(call.state.world.jobs) },
  { method: "GET", path: "/cluster/backup/{id}", permission: AUDIT, run: (call) => answer(job(call)) },
  {
    method: "GET",
    path: "/cluster/backup-info/not-backed-up",
    permission: AUDIT,
    run: (call) => answer(notBackedUp(call)),
  },
  {
    method: "GET",
    path: "/pools",
    parameters: { poolid: { type: "string" }, type: { type: "string" } },
    run: (call) => answer(pools(call)),
  },
];

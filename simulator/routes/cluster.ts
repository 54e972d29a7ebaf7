import { badParameters } from "../errors.ts";
import { profileOf } from "../profiles/pve.ts";
import { VMID } from "../schema.ts";
import { guestOf } from "../state.ts";
import { clusterTasks } from "./task-rows.ts";
import { answer, type Call, type Route } from "./route.ts";

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
  const quorate =
    call.state.settings.quorum && world.nodes.filter((node) => node.online).length * 2 > world.nodes.length
      ? 1
      : 0;
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
  const { quorum } = call.state.settings;
  const head = [
    {
      id: "quorum",
      type: "quorum",
      node: master,
      status: quorum ? "OK" : "No quorum on node!",
      quorate: quorum ? 1 : 0,
    },
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

/** Reads that concern the cluster as a whole. */
export const clusterRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/version",
    run: (call) => answer(profileOf(call.state.world.version).version),
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
];

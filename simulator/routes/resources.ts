import { profileOf } from "../profiles/pve.ts";
import { seesStorage, type State } from "../state.ts";
import type { Guest } from "../world.ts";
import { figuresOf, haState, isOnline, lockOf, nodeFigures, tagsOf, usageOf } from "./figures.ts";
import { answer, may, optional, type Call, type Route } from "./route.ts";

type Row = Record<string, unknown>;

/** A guest of a node that does not report any more is `unknown`: no figures, no name of its own (seen on PVE 9.2). */
function guestRow(state: State, guest: Guest): Row {
  const base: Row = {
    id: `${guest.type}/${guest.vmid}`,
    type: guest.type,
    vmid: guest.vmid,
    node: guest.node,
    ...tagsOf(guest),
    ...lockOf(guest),
    ...haState(state, guest),
    ...(guest.pool === null ? {} : { pool: guest.pool }),
  };
  if (!isOnline(state, guest.node)) return { ...base, status: "unknown" };
  const status = guest.status === "stopped" ? "stopped" : "running";
  return {
    ...base,
    name: guest.name,
    status,
    template: guest.template ? 1 : 0,
    maxcpu: guest.cores,
    ...figuresOf(state, guest),
  };
}

function guestRows(call: Call): readonly Row[] {
  const { world } = call.state;
  return world.guests
    .filter((guest) => may(call, `/vms/${guest.vmid}`, ["VM.Audit"]))
    .map((guest) => guestRow(call.state, guest));
}

/** Nodes are listed for everybody, their figures only with Sys.Audit. */
function nodeRows(call: Call): readonly Row[] {
  return call.state.world.nodes.map((node) => {
    const base: Row = {
      id: `node/${node.node}`,
      type: "node",
      node: node.node,
      status: node.online ? "online" : "offline",
      level: "",
    };
    if (!node.online) return base;
    const figures = may(call, `/nodes/${node.node}`, ["Sys.Audit"])
      ? { maxcpu: node.cores, ...nodeFigures(call.state, node) }
      : {};
    return { ...base, "cgroup-mode": 2, ...figures };
  });
}

function storageRows(call: Call): readonly Row[] {
  const { world } = call.state;
  return world.nodes.flatMap((node) =>
    world.storages
      .filter((storage) => storage.enabled && seesStorage(storage, node.node))
      .filter((storage) => may(call, `/storage/${storage.storage}`, ["Datastore.Audit"]))
      .map((storage) => {
        const usage = usageOf(storage, node.node);
        const base: Row = {
          id: `storage/${node.node}/${storage.storage}`,
          type: "storage",
          storage: storage.storage,
          node: node.node,
          content: storage.content.join(","),
          plugintype: storage.type,
          shared: storage.shared ? 1 : 0,
        };
        if (!usage.active || !node.online) return { ...base, status: "unknown" };
        return { ...base, status: "available", disk: usage.used, maxdisk: usage.total };
      }),
  );
}

function poolRows(call: Call): readonly Row[] {
  const { world } = call.state;
  return world.pools
    .filter((pool) => may(call, `/pool/${pool.poolid}`, ["Pool.Audit"]))
    .map((pool) => {
      const running = world.guests.filter(
        (guest) => guest.pool === pool.poolid && guest.status !== "stopped",
      );
      const base: Row = { id: `/pool/${pool.poolid}`, type: "pool", pool: pool.poolid };
      if (running.length === 0) return base;
      const figures = running.map((guest) => figuresOf(call.state, guest));
      return {
        ...base,
        cpu: figures.reduce((sum, one) => sum + one.cpu, 0),
        mem: figures.reduce((sum, one) => sum + one.mem, 0),
        maxmem: figures.reduce((sum, one) => sum + one.maxmem, 0),
        maxcpu: running.reduce((sum, guest) => sum + guest.cores, 0),
        uptime: Math.max(...figures.map((one) => one.uptime)),
      };
    });
}

function networkRows(call: Call): readonly Row[] {
  const { zones } = profileOf(call.state.world.version).habits;
  if (zones === "none") return [];
  if (!may(call, "/sdn/zones/localnetwork", ["SDN.Audit"])) return [];
  return call.state.world.nodes
    .filter((node) => node.online)
    .map(({ node }) =>
      zones === "sdn"
        ? { id: `sdn/${node}/localnetwork`, type: "sdn", sdn: "localnetwork", node, status: "ok" }
        : {
            id: `network/${node}/zone/localnetwork`,
            type: "network",
            network: "localnetwork",
            "network-type": "zone",
            node,
            status: "ok",
          },
    );
}

function rows(call: Call): readonly Row[] {
  switch (optional(call, "type")) {
    case "vm":
      return guestRows(call);
    case "node":
      return nodeRows(call);
    case "storage":
      return storageRows(call);
    case "sdn":
      return networkRows(call);
    default:
      return [
        ...poolRows(call),
        ...guestRows(call),
        ...nodeRows(call),
        ...storageRows(call),
        ...networkRows(call),
      ];
  }
}

export const resourceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/cluster/resources",
    parameters: { type: { type: "string", enum: ["vm", "storage", "node", "sdn"] } },
    run: (call) => answer(rows(call)),
  },
];

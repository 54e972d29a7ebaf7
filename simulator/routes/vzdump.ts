import { holds } from "../behaviours.ts";
import { badParameters, died } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { configText } from "../guest-config.ts";
import { parsePruneRule, pruneRuleText } from "../retention.ts";
import { BOOLEAN, COUNT, INTEGER, splitList, STRING, type Parameter, type Parameters } from "../schema.ts";
import { backupsOn, guestOf, storageOf, volidOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import { answer, demand, flag, may, optional, text, type Call, type Route } from "./route.ts";

/** Format check of `prune-backups`. */
export const PRUNE: Parameter = {
  type: "string",
  format: (value) => {
    try {
      parsePruneRule(value);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
};

const VARIABLES = ["cluster", "guestname", "node", "vmid"];

const NOTES: Parameter = {
  type: "string",
  format: (value) => {
    for (const found of value.matchAll(/\{\{([^}]*)\}\}/g)) {
      const name = found[1] ?? "";
      if (!VARIABLES.includes(name.trim()))
        return `found unknown: variable '${name}' at char ${(found.index ?? 0) + 4}\n`;
    }
    return value.includes("\n") ? "multi-line notes must use \\n\n" : null;
  },
};

/** Options of a backup, of one started now as of a job. */
export const VZDUMP_PARAMETERS: Parameters = {
  all: BOOLEAN,
  bwlimit: COUNT,
  compress: { type: "string", enum: ["0", "1", "gzip", "lzo", "zstd"] },
  dumpdir: STRING,
  exclude: STRING,
  "exclude-path": { type: "array" },
  fleecing: STRING,
  ionice: { type: "integer", minimum: 0, maximum: 8 },
  "job-id": STRING,
  lockwait: COUNT,
  mailnotification: { type: "string", enum: ["always", "failure"] },
  mailto: STRING,
  mode: { type: "string", enum: ["snapshot", "suspend", "stop"] },
  "notes-template": NOTES,
  "notification-mode": { type: "string", enum: ["auto", "legacy-sendmail", "notification-system"] },
  "pbs-change-detection-mode": { type: "string", enum: ["legacy", "data", "metadata"] },
  performance: STRING,
  pigz: INTEGER,
  pool: STRING,
  protected: BOOLEAN,
  "prune-backups": PRUNE,
  quiet: BOOLEAN,
  remove: BOOLEAN,
  script: STRING,
  stdexcludes: BOOLEAN,
  stdout: BOOLEAN,
  stop: BOOLEAN,
  stopwait: COUNT,
  storage: STRING,
  tmpdir: STRING,
  vmid: STRING,
  zstd: INTEGER,
};

const ROOT_ONLY = ["dumpdir", "tmpdir", "script", "job-id"];

function checkRights(call: Call, storage: string): void {
  const rootOnly = ROOT_ONLY.filter((name) => call.params[name] !== undefined);
  if (rootOnly.length > 0 && call.authid !== "root@pam") {
    throw badParameters(Object.fromEntries(rootOnly.map((name) => [name, "Only root may set this option."])));
  }
  if (storageOf(call.state.world, storage) || !may(call, "/storage", ["Datastore.AllocateSpace"])) {
    demand(call, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  }
  if (call.params["prune-backups"] !== undefined) demand(call, `/storage/${storage}`, ["Datastore.Allocate"]);
  const tuned = ["bwlimit", "ionice", "performance"].some((name) => call.params[name] !== undefined);
  if (tuned) demand(call, "/", ["Sys.Modify"]);
}

function checkSelection(call: Call): void {
  const { vmid, pool } = call.params;
  const all = flag(call, "all");
  if (vmid === undefined && pool === undefined && !all && call.params["exclude"] === undefined)
    throw badParameters({ vmid: "property is missing" });
  if (vmid !== undefined && all) throw badParameters({ all: "option conflicts with option 'vmid'" });
  if (vmid !== undefined && pool !== undefined)
    throw badParameters({ pool: "option conflicts with option 'vmid'" });
  if (pool !== undefined && !call.state.world.pools.some((one) => one.poolid === pool))
    throw died(`pool '${String(pool)}' does not exist`);
}

/** Guests of this node that were meant. Named guests that exist nowhere count as local, as on a real server. */
function selection(call: Call): readonly number[] {
  const { world } = call.state;
  const node = text(call, "node");
  const named = optional(call, "vmid");
  const silent = holds(call.state, "P2");
  if (named !== null) {
    const ids = splitList(named).map(Number);
    for (const vmid of ids) demand(call, `/vms/${vmid}`, ["VM.Backup"]);
    return ids
      .filter((vmid) => !silent || (guestOf(world, vmid)?.node ?? node) === node)
      .toSorted((left, right) => left - right);
  }
  const excluded = splitList(text(call, "exclude")).map(Number);
  const pool = optional(call, "pool");
  const meant = world.guests.filter(
    (guest) =>
      guest.node === node && !excluded.includes(guest.vmid) && (pool === null || guest.pool === pool),
  );
  if (!silent) for (const { vmid } of meant) demand(call, `/vms/${vmid}`, ["VM.Backup"]);
  return meant
    .filter((guest) => may(call, `/vms/${guest.vmid}`, ["VM.Backup"]))
    .map((guest) => guest.vmid)
    .toSorted((left, right) => left - right);
}

function run(call: Call): Answer {
  const storage = optional(call, "storage") ?? "local";
  checkRights(call, storage);
  checkSelection(call);
  const guests = selection(call);
  if (guests.length === 0 && !flag(call, "all")) return answer("OK");
  const { node, ...params } = call.params;
  const task = startTask(call.state, {
    node: String(node),
    type: "vzdump",
    id: guests.length === 1 || !holds(call.state, "P4") ? String(guests[0] ?? "") : "",
    user: call.authid,
    params,
    steps: [],
    run: {
      params,
      storage,
      guests: [...guests],
      current: null,
      failed: false,
      interrupted: "interrupted by signal",
    },
  });
  return answer(task.upid);
}

function defaults(call: Call): Answer {
  const id = optional(call, "storage") ?? "local";
  const storage = storageOf(call.state.world, id);
  if (!storage) throw died(`storage '${id}' does not exist`);
  demand(call, `/storage/${id}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true);
  return answer({
    all: 0,
    bwlimit: 0,
    compress: "0",
    ...(storage.type === "pbs" ? {} : { dumpdir: `${storage.path}/dump` }),
    fleecing: { enabled: 0 },
    ionice: 7,
    lockwait: 180,
    mailnotification: "always",
    mode: "snapshot",
    "notification-mode": "auto",
    performance: { "max-workers": 16, "pbs-entries-max": 1_048_576 },
    pigz: 0,
    "prune-backups": storage.prune === null ? "keep-all=1" : pruneRuleText(storage.prune),
    quiet: 0,
    remove: 1,
    stdexcludes: 1,
    stop: 0,
    stopwait: 10,
    storage: id,
    zstd: 1,
  });
}

function extractConfig(call: Call): Answer {
  const volid = text(call, "volume");
  const [id = ""] = volid.split(":");
  const storage = storageOf(call.state.world, id);
  if (!storage) throw died(`storage '${id}' does not exist`);
  const backup = backupsOn(call.state.world, storage, text(call, "node")).find(
    (one) => volidOf(one) === volid,
  );
  if (!may(call, `/storage/${id}`, ["Datastore.Allocate"])) {
    demand(call, `/storage/${id}`, ["Datastore.AllocateSpace"]);
    demand(call, `/vms/${backup?.vmid ?? 0}`, ["VM.Backup"]);
  }
  const guest = backup && (backup.guest ?? guestOf(call.state.world, backup.vmid));
  if (!guest) throw died(`volume '${volid}' does not exist`);
  return answer(configText(guest));
}

/** Backing up (pve-manager, PVE/API2/VZDump.pm). */
export const vzdumpRoutes: readonly Route[] = [
  { method: "POST", path: "/nodes/{node}/vzdump", parameters: VZDUMP_PARAMETERS, run },
  { method: "GET", path: "/nodes/{node}/vzdump/defaults", parameters: { storage: STRING }, run: defaults },
  {
    method: "GET",
    path: "/nodes/{node}/vzdump/extractconfig",
    parameters: { volume: { ...STRING, required: true } },
    run: extractConfig,
  },
];

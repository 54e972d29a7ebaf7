import { holds } from "../../behaviours.ts";
import { atLeast } from "../../profiles/pbs.ts";
import { flag, optional, text } from "../../routes/route.ts";
import type { Answer } from "../http/answer.ts";
import { ARRAY, BOOLEAN, COUNT, INTEGER, STORE, STRING, type Parameter } from "../schema.ts";
import { failed } from "../state.ts";
import { stopTask } from "../tasks/stop.ts";
import { parseUpid, UPID_SHAPE } from "../tasks/upid.ts";
import { storeOfTask, taskRows, type TaskRow } from "../task-rows.ts";
import { answer, demand, may, number, type Call, type Route } from "./route.ts";

const LIMIT = 50;

/** One's own, a user's also those of his tokens. */
function owns(authid: string, user: string): boolean {
  return authid === user || (user.includes("!") && user.split("!")[0] === authid);
}

/** Whoever could have started a scheduled job may look at its tasks (src/api2/node/tasks.rs, check_job_privs). */
function couldHaveStarted(call: Call, row: Pick<TaskRow, "type" | "id">): boolean {
  const id = row.id ?? "";
  const parts = id.split(":");
  switch (row.type) {
    case "verificationjob":
      return may(call, `/datastore/${parts[0] ?? ""}`, ["Datastore.Verify"]);
    case "garbage_collection":
      return may(call, `/datastore/${id}`, ["Datastore.Modify"]);
    case "prune":
    case "prunejob":
      return may(call, `/datastore/${parts.slice(0, 2).filter(Boolean).join("/")}`, ["Datastore.Modify"]);
    case "syncjob": {
      const [remote = "", remoteStore = "", store = ""] = parts;
      const reads = remote === "-" || may(call, `/remote/${remote}/${remoteStore}`, ["Remote.Read"]);
      return reads && may(call, `/datastore/${store}`, ["Datastore.Backup"]);
    }
    default:
      return false;
  }
}

const readable = (call: Call, row: Pick<TaskRow, "type" | "id" | "user">): boolean =>
  owns(call.authid, row.user) || may(call, "/system/tasks", ["Sys.Audit"]) || couldHaveStarted(call, row);

function classOf(exit: string): string {
  if (exit === "OK" || exit === "unknown") return exit.toLowerCase();
  return exit.startsWith("WARNINGS: ") ? "warning" : "error";
}

function wanted(call: Call, row: TaskRow): boolean {
  const { params } = call;
  const kinds = params["statusfilter"];
  const [since, until] = [number(call, "since"), number(call, "until")];
  const store = optional(call, "store");
  if (until !== null && row.starttime > until) return false;
  if (since !== null && row.starttime < since) return false;
  if (!row.user.includes(optional(call, "userfilter") ?? "")) return false;
  if (store !== null && storeOfTask(row) !== store) return false;
  const type = optional(call, "typefilter");
  const fits = type === null || (holds(call.state, "P22") ? row.type.includes(type) : row.type === type);
  if (!fits) return false;
  if (row.exit === null) return !Array.isArray(kinds);
  if (flag(call, "running") || (flag(call, "errors") && row.exit === "OK")) return false;
  return !Array.isArray(kinds) || kinds.includes(classOf(row.exit));
}

function list(call: Call): Answer {
  const rows = taskRows(call.state).filter((row) => readable(call, row) && wanted(call, row));
  const start = number(call, "start") ?? 0;
  const limit = number(call, "limit") ?? LIMIT;
  const shown = rows.slice(start, limit === 0 ? undefined : start + limit);
  // The server counts no further than it has to: one more than shown while there may be more.
  const more = shown.length > 0 && limit > 0 && shown.length >= limit ? 1 : 0;
  return answer(
    shown.map((row) => ({
      upid: row.upid,
      node: "localhost",
      pid: row.pid,
      pstart: row.pstart,
      starttime: row.starttime,
      worker_type: row.type,
      ...(row.id === null ? {} : { worker_id: row.id }),
      user: row.user,
      ...(row.exit === null ? {} : { endtime: row.endtime, status: row.exit }),
    })),
    { total: start + shown.length + more },
  );
}

/** The task that a UPID names: its fields stand in the UPID, even when the server has forgotten it. */
function taskHere(call: Call): {
  readonly parts: NonNullable<ReturnType<typeof parseUpid>>;
  readonly row: TaskRow | undefined;
} {
  const upid = text(call, "upid");
  const parts = parseUpid(upid);
  if (!parts) throw failed(`unable to parse UPID '${upid}'`);
  if (!readable(call, parts)) throw failed("task access not allowed");
  return { parts, row: taskRows(call.state).find((one) => one.upid === upid) };
}

function status(call: Call): Answer {
  const { parts, row } = taskHere(call);
  const [user = "", tokenid] = parts.user.split("!");
  const base = {
    upid: text(call, "upid"),
    node: parts.node,
    pid: parts.pid,
    pstart: parts.pstart,
    starttime: parts.starttime,
    type: parts.type,
    id: parts.id,
    user,
    ...(tokenid === undefined ? {} : { tokenid }),
  };
  if (row && row.exit === null) return answer({ ...base, status: "running" });
  const endtime = atLeast(call.state.world.version, "4.2") ? { endtime: row?.endtime ?? 0 } : {};
  return answer({ ...base, status: "stopped", exitstatus: row?.exit ?? "unknown", ...endtime });
}

/** `start` counts from 1 and 0 means the same as 1: reading on from the last line seen gives that line again. */
function log(call: Call): Answer {
  const { row } = taskHere(call);
  const parts = parseUpid(text(call, "upid"));
  if (
    flag(call, "download") &&
    ["start", "limit", "test-status"].some((name) => call.params[name] !== undefined)
  )
    throw failed("Parameter 'download' cannot be used with other parameters");
  if (!row) throw failed("No such file or directory (os error 2)");
  const lines = row.lines();
  if (flag(call, "download")) {
    const when = new Date((parts?.starttime ?? 0) * 1000).toISOString().replace(".000Z", "Z");
    const name = `task-${parts?.node ?? ""}-${row.type}-${when}.log`;
    return { data: null, file: { name, text: lines.map((line) => `${line}\n`).join("") } };
  }
  const start = Math.max(1, number(call, "start") ?? 0);
  const limit = number(call, "limit") ?? LIMIT;
  const shown = lines.slice(start - 1, limit === 0 ? undefined : start - 1 + limit);
  return answer(
    shown.map((t, index) => ({ n: start + index, t })),
    {
      total: lines.length,
      success: 1,
      ...(flag(call, "test-status") ? { active: row.exit === null } : {}),
    },
  );
}

function stop(call: Call): Answer {
  const upid = text(call, "upid");
  const parts = parseUpid(upid);
  if (!parts) throw failed(`unable to parse UPID '${upid}'`);
  if (parts.user !== call.authid) demand(call, "/system/tasks", ["Sys.Modify"]);
  const task = call.state.tasks.find((one) => one.upid === upid);
  if (task) stopTask(call.state, task);
  return answer(null);
}

const BASE = "/nodes/{node}/tasks";
const UPID: Parameter = { type: "string", required: true, pattern: UPID_SHAPE };
const ONE = { upid: UPID };

/** Tasks of the server: list, status, log, stop (proxmox-backup, src/api2/node/tasks.rs). */
export const taskRoutes: readonly Route[] = [
  {
    method: "GET",
    path: BASE,
    parameters: {
      errors: BOOLEAN,
      running: BOOLEAN,
      start: INTEGER,
      limit: INTEGER,
      since: INTEGER,
      until: INTEGER,
      store: STORE,
      statusfilter: { ...ARRAY, enum: ["ok", "warning", "error", "unknown"] },
      typefilter: STRING,
      userfilter: STRING,
    },
    run: list,
  },
  { method: "GET", path: `${BASE}/{upid}/status`, parameters: ONE, run: status },
  {
    method: "GET",
    path: `${BASE}/{upid}/log`,
    parameters: { ...ONE, start: COUNT, limit: COUNT, download: BOOLEAN, "test-status": BOOLEAN },
    run: log,
  },
  { method: "DELETE", path: `${BASE}/{upid}`, parameters: ONE, run: stop },
];

import { holds } from "../behaviours.ts";
import { badParameters } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { profileOf } from "../profiles/pve.ts";
import { BOOLEAN, COUNT, INTEGER, splitList, STRING, VMID } from "../schema.ts";
import { stopTask } from "../tasks/stop.ts";
import { parseUpid } from "../tasks/upid.ts";
import { findTask, listRow, owns, statusRow, tasksOf, type TaskRow } from "./task-rows.ts";
import { answer, demand, flag, may, optional, text, type Call, type Route } from "./route.ts";

const LIMIT = 50;

function statusClass(exit: string | null): string {
  if (exit === null) return "running";
  if (exit === "OK") return "ok";
  if (/^WARNINGS: \d+$/.test(exit)) return "warning";
  return exit === "" || exit === "unexpected status" ? "unknown" : "error";
}

function wanted(call: Call, row: TaskRow): boolean {
  const { params } = call;
  const kinds = optional(call, "statusfilter");
  if (typeof params["since"] === "number" && row.starttime < params["since"]) return false;
  if (typeof params["until"] === "number" && row.starttime > params["until"]) return false;
  const type = optional(call, "typefilter");
  const fits = type === null || (holds(call.state, "P22") ? row.type === type : row.type.includes(type));
  if (!fits) return false;
  if (params["vmid"] !== undefined && row.id !== String(params["vmid"])) return false;
  if (
    params["userfilter"] !== undefined &&
    !row.user.toLowerCase().includes(text(call, "userfilter").toLowerCase())
  )
    return false;
  if (kinds !== null && !splitList(kinds).includes(statusClass(row.exit))) return false;
  return !(flag(call, "errors") && (row.exit === null || row.exit === "OK"));
}

function list(call: Call): Answer {
  const node = text(call, "node");
  const source = optional(call, "source") ?? (holds(call.state, "P9") ? "archive" : "all");
  const all = may(call, `/nodes/${node}`, ["Sys.Audit"]);
  const rows = tasksOf(call.state, node)
    .filter((row) => source === "all" || (row.exit === null) === (source === "active"))
    .filter((row) => (all || owns(call, row.user)) && wanted(call, row));
  const start = Number(call.params["start"] ?? 0);
  const limit = Number(call.params["limit"] ?? LIMIT);
  return answer(rows.slice(start, start + limit).map(listRow), rows.length);
}

/** The node in a UPID is where its task is looked for; another one's is unknown here. */
function readable(call: Call): TaskRow | undefined {
  const upid = text(call, "upid");
  const parts = parseUpid(upid);
  if (!parts) throw badParameters({ upid: "unable to parse worker upid" });
  if (!owns(call, parts.user)) demand(call, `/nodes/${text(call, "node")}`, ["Sys.Audit"]);
  return findTask(call.state, text(call, "node"), upid);
}

function status(call: Call): Answer {
  const row = readable(call);
  if (!row && !holds(call.state, "P8")) return answer({ status: "stopped", exitstatus: "OK" });
  if (!row) throw badParameters({ upid: "no such task" });
  return answer(statusRow(row));
}

function log(call: Call): Answer {
  const row = readable(call);
  const numbered = (lines: readonly string[], start: number): readonly object[] =>
    lines.map((line, index) => ({ n: start + index + 1, t: line }));
  if (!row && !holds(call.state, "P8")) return answer([]);
  if (!row) return answer(numbered(["unable to open file - No such file or directory"], 0), 1);
  const lines = row.log();
  if (flag(call, "download")) {
    const when = new Date(row.starttime * 1000).toISOString().replace(".000Z", "Z");
    return {
      data: null,
      file: {
        name: `task-${row.node}-${row.type}-${when}.log`,
        text: lines.map((line) => `${line}\n`).join(""),
      },
    };
  }
  if (lines.length === 0) return answer(numbered(["no content"], 0), 1);
  const start = Number(call.params["start"] ?? 0);
  const limit = Number(call.params["limit"] ?? LIMIT);
  const { wholeLog } = profileOf(call.state.world.version).habits;
  const end = limit === 0 && wholeLog ? lines.length : start + limit;
  return answer(numbered(lines.slice(start, end), start), lines.length);
}

function stop(call: Call): Answer {
  const upid = text(call, "upid");
  const parts = parseUpid(upid);
  if (!parts) throw badParameters({ upid: "unable to parse worker upid" });
  if (!owns(call, parts.user)) demand(call, `/nodes/${text(call, "node")}`, ["Sys.Modify"]);
  if (!findTask(call.state, text(call, "node"), upid)) throw badParameters({ upid: "no such task" });
  const task = call.state.tasks.find((one) => one.upid === upid);
  if (task) stopTask(call.state, task);
  return answer(null);
}

const BASE = "/nodes/{node}/tasks";

/** Tasks of a node: list, status, log, stop (pve-manager, PVE/API2/Tasks.pm). */
export const taskRoutes: readonly Route[] = [
  {
    method: "GET",
    path: BASE,
    parameters: {
      errors: BOOLEAN,
      limit: COUNT,
      start: COUNT,
      since: INTEGER,
      until: INTEGER,
      source: { type: "string", enum: ["archive", "active", "all"] },
      statusfilter: STRING,
      typefilter: STRING,
      userfilter: STRING,
      vmid: VMID,
    },
    run: list,
  },
  {
    method: "GET",
    path: `${BASE}/{upid}`,
    run: (call) => {
      readable(call);
      return answer([{ name: "log" }, { name: "status" }]);
    },
  },
  { method: "GET", path: `${BASE}/{upid}/status`, run: status },
  {
    method: "GET",
    path: `${BASE}/{upid}/log`,
    parameters: { start: COUNT, limit: COUNT, download: BOOLEAN },
    run: log,
  },
  { method: "DELETE", path: `${BASE}/{upid}`, run: stop },
];

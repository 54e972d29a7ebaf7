import { randomUUID } from "node:crypto";
import { ApiError, badParameters, died } from "../errors.ts";
import { ctimeText } from "../format.ts";
import { profileOf } from "../profiles/pve.ts";
import { parsePruneRule } from "../retention.ts";
import { nextRun } from "../schedule.ts";
import { BOOLEAN, INTEGER, splitList, STRING, type Parameter, type Parameters } from "../schema.ts";
import type { BackupJob, World } from "../world.ts";
import { answer, may, text, type Call, type Route } from "./route.ts";
import { VZDUMP_PARAMETERS } from "./vzdump.ts";

const AUDIT = { path: "/", privileges: ["Sys.Audit"] } as const;
const MODIFY = { path: "/", privileges: ["Sys.Modify"] } as const;
const ITERATIONS = 10;

const SCHEDULE: Parameter = {
  ...STRING,
  format: (value) => {
    try {
      nextRun(value, 0, "UTC");
      return null;
    } catch (error) {
      return `invalid format - invalid calendar event '${value}' - unable to parse calendar event - ${error instanceof Error ? error.message : ""}\n\n`;
    }
  },
};

const { "job-id": _jobId, stdout: _stdout, ...OPTIONS } = VZDUMP_PARAMETERS;
const PARAMETERS: Parameters = {
  ...OPTIONS,
  schedule: SCHEDULE,
  starttime: STRING,
  dow: STRING,
  enabled: BOOLEAN,
  comment: STRING,
  node: STRING,
  "repeat-missed": BOOLEAN,
};

/** The handler's own checks die with the text of a parameter error (seen on PVE 9.2). */
const nested = (message: string): ApiError => died(`400 Parameter verification failed.\n${message}`);

function checkSelection(call: Call): void {
  const { vmid, pool, all } = call.params;
  if (vmid !== undefined && all === true) throw nested("all: option conflicts with option 'vmid'");
  if (vmid === undefined && pool === undefined && all !== true && call.params["exclude"] === undefined)
    throw nested("vmid: property is missing");
  if (pool !== undefined && !call.state.world.pools.some((one) => one.poolid === pool)) {
    throw new ApiError(403, `Permission check failed (pool '${text(call, "pool")}' does not exist)\n`);
  }
}

const ROOT_ONLY = ["dumpdir", "tmpdir", "script"];

function checkRootOnly(call: Call): void {
  const found = ROOT_ONLY.filter((name) => call.params[name] !== undefined);
  if (found.length > 0)
    throw badParameters(Object.fromEntries(found.map((name) => [name, "Only root may set this option."])));
}

/** The options as the list shows them: numbers for booleans, retention taken apart. */
function options(call: Call): Omit<BackupJob, "id"> {
  const shown: Record<string, BackupJob[string]> = {};
  for (const [key, value] of Object.entries(call.params)) {
    if (["id", "delete", "starttime", "dow"].includes(key)) continue;
    if (key === "prune-backups") {
      const rule = parsePruneRule(String(value));
      shown[key] = Object.fromEntries(Object.entries(rule).map(([name, count]) => [name, String(count)]));
    } else if (typeof value === "boolean") shown[key] = value ? 1 : 0;
    else shown[key] = typeof value === "number" ? value : String(value).replaceAll("\0", ",");
  }
  if (call.params["starttime"] !== undefined)
    shown["schedule"] = `${text(call, "dow")} ${text(call, "starttime")}`.trim();
  return shown;
}

function dueNext(call: Call, schedule: unknown): { readonly "next-run"?: number } {
  if (typeof schedule !== "string") return {};
  const { clock, world } = call.state;
  const at = nextRun(schedule, clock.seconds(), world.timeZone);
  return at === null ? {} : { "next-run": at };
}

/** The moments at which a schedule comes (pve-manager, PVE/API2/Cluster/Jobs.pm). */
function analyse(call: Call): readonly object[] {
  const { clock, world } = call.state;
  const schedule = text(call, "schedule");
  const runs: object[] = [];
  let at: number | null = Number(call.params["starttime"] ?? clock.seconds());
  for (let left = Number(call.params["iterations"] ?? ITERATIONS); left > 0; left -= 1) {
    at = nextRun(schedule, at, world.timeZone);
    if (at === null) break;
    runs.push({ timestamp: at, utc: ctimeText(at, "UTC") });
  }
  return runs;
}

function create(call: Call): null {
  checkRootOnly(call);
  checkSelection(call);
  const { jobs } = call.state.world;
  const id = call.params["id"] === undefined ? randomUUID() : text(call, "id");
  if (jobs.some((job) => job.id === id)) throw died(`Job '${id}' already exists`);
  const shown = options(call);
  jobs.push({
    enabled: 1,
    ...shown,
    id,
    type: "vzdump",
    ...dueNext(call, shown["schedule"]),
  });
  call.state.changed();
  return null;
}

function update(call: Call): null {
  checkRootOnly(call);
  const { jobs } = call.state.world;
  const index = jobs.findIndex((job) => job.id === text(call, "id"));
  const job = jobs[index];
  if (!job) throw died("no such vzdump job");
  const removed = splitList(text(call, "delete"));
  if (removed.includes("schedule")) throw nested("delete: unknown option 'schedule'");
  const chosen: ReturnType<typeof options> = { ...options(call), ...dueNext(call, call.params["schedule"]) };
  const dropped = new Set(removed);
  if (chosen["vmid"] !== undefined) for (const key of ["all", "pool", "exclude"]) dropped.add(key);
  if (chosen["all"] !== undefined) for (const key of ["vmid", "pool"]) dropped.add(key);
  jobs[index] = {
    ...(Object.fromEntries(
      Object.entries({ ...job, ...chosen }).filter(([key]) => !dropped.has(key)),
    ) as BackupJob),
    id: job.id,
  };
  call.state.changed();
  return null;
}

function remove(call: Call): null {
  const { jobs } = call.state.world;
  const index = jobs.findIndex((job) => job.id === text(call, "id"));
  if (index === -1) throw nested(`id: No such job '${text(call, "id")}'`);
  jobs.splice(index, 1);
  call.state.changed();
  return null;
}

const WEEK = "mon,tue,wed,thu,fri,sat,sun";

/** A job as this version tells it: before calendar events there are weekdays and a time. */
function shownJob(call: Call, job: BackupJob): BackupJob {
  if (profileOf(call.state.world.version).habits.schedule) return job;
  const { schedule, type: _type, "next-run": _next, ...rest } = job;
  const words = typeof schedule === "string" ? schedule.split(" ") : [];
  const starttime = words.pop() ?? "00:00";
  const dow = words[0] ?? WEEK;
  return { ...rest, id: job.id, dow, starttime };
}

function one(call: Call): object {
  const found = call.state.world.jobs.find((job) => job.id === text(call, "id"));
  if (!found) throw badParameters({ id: `No such job '${text(call, "id")}'` });
  const { "next-run": _next, ...config } = shownJob(call, found);
  return config;
}

const listed = (value: unknown): readonly string[] => (typeof value === "string" ? value.split(",") : []);

function covers(job: BackupJob, guest: World["guests"][number]): boolean {
  if (listed(job["vmid"]).includes(String(guest.vmid))) return true;
  if (listed(job["exclude"]).includes(String(guest.vmid))) return false;
  if (job["node"] !== undefined && job["node"] !== guest.node) return false;
  return job["pool"] === undefined ? job["all"] === 1 : job["pool"] === guest.pool;
}

/** Guests that no backup job covers, of those the caller may see. A disabled job counts as cover here, as on a real server. */
function notBackedUp(call: Call): readonly object[] {
  const { world } = call.state;
  return world.guests
    .filter(
      (guest) =>
        !world.jobs.some((job) => covers(job, guest)) && may(call, `/vms/${guest.vmid}`, ["VM.Audit"]),
    )
    .map((guest) => ({ vmid: guest.vmid, name: guest.name, type: guest.type }));
}

/** The tree of guests and volumes that a job will save. */
function included(call: Call): object {
  const job = call.state.world.jobs.find((entry) => entry.id === text(call, "id"));
  if (!job) throw badParameters({ id: `No such job '${text(call, "id")}'` });
  const guests = call.state.world.guests.filter(
    (guest) => covers(job, guest) && may(call, `/vms/${guest.vmid}`, ["VM.Audit"]),
  );
  return {
    children: guests.map((guest) => ({
      id: guest.vmid,
      name: guest.name,
      type: guest.type,
      leaf: guest.disks.length === 0 ? 1 : 0,
      children: guest.disks.map((disk) => ({
        id: `${guest.vmid}:${disk.key}`,
        name: `${disk.storage}:${disk.volume}`,
        included: 1,
        leaf: 1,
        reason: disk.key === "rootfs" ? "rootfs" : guest.type === "qemu" ? "backup=yes" : "enabled",
      })),
    })),
  };
}

/** Backup jobs of the cluster (pve-manager, PVE/API2/Backup.pm). */
export const jobRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/cluster/backup",
    permission: AUDIT,
    run: (call) => answer(call.state.world.jobs.map((job) => shownJob(call, job))),
  },
  {
    method: "POST",
    path: "/cluster/backup",
    permission: MODIFY,
    parameters: { ...PARAMETERS, id: STRING },
    run: (call) => answer(create(call)),
  },
  { method: "GET", path: "/cluster/backup/{id}", permission: AUDIT, run: (call) => answer(one(call)) },
  {
    method: "PUT",
    path: "/cluster/backup/{id}",
    permission: MODIFY,
    parameters: { ...PARAMETERS, delete: STRING },
    run: (call) => answer(update(call)),
  },
  { method: "DELETE", path: "/cluster/backup/{id}", permission: MODIFY, run: (call) => answer(remove(call)) },
  {
    method: "GET",
    path: "/cluster/backup/{id}/included_volumes",
    permission: AUDIT,
    run: (call) => answer(included(call)),
  },
  {
    method: "GET",
    path: "/cluster/jobs/schedule-analyze",
    parameters: {
      schedule: { ...SCHEDULE, required: true },
      iterations: { ...INTEGER, minimum: 1, maximum: 100 },
      starttime: INTEGER,
    },
    run: (call) => answer(analyse(call)),
  },
  {
    method: "GET",
    path: "/cluster/backup-info/not-backed-up",
    permission: AUDIT,
    run: (call) => answer(notBackedUp(call)),
  },
];

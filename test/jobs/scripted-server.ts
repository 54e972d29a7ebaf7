import type {
  JobServer,
  FoundArchive,
  FoundTask,
  GuestState,
  LaunchOutcome,
} from "../../electron/jobs/server.ts";
import type { Clock } from "../../electron/jobs/clock.ts";
import type { JobRequest } from "../../shared/job.ts";
import type { AppError } from "../../shared/errors.ts";

/** What becomes of the next launch: whether the server starts it, and what comes back. */
export type LaunchFault =
  | "none"
  | "lostAfterStart"
  | "lostBeforeStart"
  | "neverSent"
  | "rejected"
  | "elsewhere"
  | "foreignUpid"
  | "throws";

export interface ScriptedTask {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAt: number;
  /** Each line with the ms after the start at which it appears. */
  lines: readonly (readonly [number, string])[];
  /** ms after the start; null = runs until it is stopped. */
  length: number | null;
  exit: string | null;
  /** Makes its archive or guest when it ends well. */
  readonly make: () => void;
  stoppedAt: number | null;
  logGone: boolean;
  gone: boolean;
}

export interface ScriptedServer {
  readonly server: JobServer;
  readonly tasks: ScriptedTask[];
  readonly archives: FoundArchive[];
  readonly guests: Map<number, GuestState>;
  /** Every launch that reached the server, by trace, and every stop. */
  readonly ledger: { readonly launched: string[]; readonly stopped: string[] };
  readonly requests: string[];
  /** Set to make the next things go wrong. */
  fault: LaunchFault;
  /** Thrown by every read while set. */
  away: AppError | null;
  /** Becomes `away` with the next launch: the connection is gone together with the answer. */
  awayAfterLaunch: AppError | null;
  /** The server's clock minus ours. */
  offset: number;
  taskLength: number;
  exit: string;
  lockWait: number;
  readonly node: { bootedAt: number };
  /** Starts a task that is not ours by any right, in the same name. */
  decoy(request: JobRequest, more?: Partial<ScriptedTask>): ScriptedTask;
}

const owner = "admin@pve";
const hex = (value: number): string => Math.floor(value).toString(16).toUpperCase().padStart(8, "0");

function taskType(request: JobRequest): string {
  const qemu = request.guest.type === "qemu";
  if (request.kind === "backup") return "vzdump";
  if (request.kind === "restore") return qemu ? "qmrestore" : "vzrestore";
  if (request.ha) return request.action === "start" ? "hastart" : "hastop";
  return `${qemu ? "qm" : "vz"}${request.action}`;
}

/** A server behind the engine's own border: it keeps a ledger, runs scripted tasks in the test's time and fails where told. */
export function createScriptedServer(
  clock: Clock,
  options: { readonly carriesTrace?: boolean } = {},
): ScriptedServer {
  let pid = 4000;

  const now = (): number => clock.now() + scripted.offset;
  const endOf = (task: ScriptedTask): number | null => {
    if (task.stoppedAt !== null) return task.stoppedAt;
    return task.length === null || task.startedAt + task.length > now() ? null : task.startedAt + task.length;
  };
  const exitOf = (task: ScriptedTask): string | null =>
    task.stoppedAt === null ? task.exit : "interrupted by signal";
  const made = new Set<string>();
  /** What a task makes is there from its end on. */
  const settle = (): void => {
    for (const task of scripted.tasks) {
      if (made.has(task.upid) || endOf(task) === null) continue;
      made.add(task.upid);
      if (exitOf(task) === "OK" || exitOf(task)?.startsWith("WARNINGS")) task.make();
    }
  };

  const answer = async <T>(what: string, value: () => T): Promise<T> => {
    scripted.requests.push(what);
    await Promise.resolve();
    if (scripted.away !== null) throw scripted.away;
    settle();
    return value();
  };

  const find = (upid: string): ScriptedTask | undefined =>
    scripted.tasks.find((task) => task.upid === upid && !task.gone);

  function backupLines(
    request: Extract<JobRequest, { kind: "backup" }>,
    note: string,
    volid: string,
  ): [number, string][] {
    const { guest, storage } = request;
    const at = scripted.lockWait;
    const lock: [number, string][] =
      at === 0
        ? []
        : [
            [0, "INFO: trying to get global lock - waiting..."],
            [at, "INFO: got global lock"],
          ];
    const step = scripted.taskLength / 10;
    return [
      ...lock,
      [
        at,
        `INFO: starting new backup job: vzdump ${guest.vmid} --storage ${storage} --notes-template '${note}' --remove 0`,
      ],
      [at, `INFO: Starting Backup of VM ${guest.vmid} (${guest.type})`],
      [at, `INFO: creating vzdump archive '/var/lib/vz/dump/${volid.slice(volid.indexOf("/") + 1)}'`],
      ...Array.from({ length: 9 }, (_, n): [number, string] => [
        at + step * (n + 1),
        `INFO:  ${(n + 1) * 10}% (${n + 1}.0 GiB of 10.0 GiB) in ${n + 1}s, read: 1.0 GiB/s, write: 1.0 GiB/s`,
      ]),
    ];
  }

  function start(request: JobRequest, trace: string, more: Partial<ScriptedTask> = {}): ScriptedTask {
    const { guest } = request;
    const startedAt = Math.floor(now() / 1000) * 1000;
    pid += 1;
    const type = taskType(request);
    const upid = `UPID:${guest.node}:${hex(pid)}:${hex(pid * 7)}:${hex(startedAt / 1000)}:${type}:${guest.vmid}:${owner}:`;
    const note = options.carriesTrace === false || trace === "" ? "plain" : `note [${trace}]`;
    const volid = `local:backup/vzdump-${guest.type}-${guest.vmid}-${pid}.vma.zst`;
    const lines: [number, string][] =
      request.kind === "backup"
        ? backupLines(request, note, volid)
        : request.kind === "restore"
          ? [
              [
                0,
                `restore vma archive: zstd -q -d -c /var/lib/vz/dump/${request.volid.split("/")[1] ?? ""} | vma extract`,
              ],
            ]
          : [];
    const task: ScriptedTask = {
      upid,
      node: guest.node,
      type,
      id: String(guest.vmid),
      user: owner,
      startedAt,
      lines,
      length: scripted.lockWait + scripted.taskLength,
      exit: scripted.exit,
      stoppedAt: null,
      logGone: false,
      gone: false,
      make: () => {
        if (request.kind === "backup")
          scripted.archives.push({ volid, notes: note, createdAt: startedAt, size: 1000, protected: false });
        else if (request.kind === "restore")
          scripted.guests.set(guest.vmid, { ...guest, status: "stopped", lock: null });
        else
          scripted.guests.set(guest.vmid, {
            ...guest,
            status: request.action === "stop" || request.action === "shutdown" ? "stopped" : "running",
            lock: null,
          });
      },
      ...more,
    };
    scripted.tasks.push(task);
    return task;
  }

  const refused = { code: "server.locked", params: { lock: "backup" } } as const;
  const lost = { code: "server.connectionLost", params: {} } as const;

  function launch(request: JobRequest, trace: string): LaunchOutcome {
    const { fault } = scripted;
    scripted.fault = "none";
    switch (fault) {
      case "neverSent":
        return { outcome: "neverSent", error: { code: "server.unreachable", params: {} } };
      case "rejected":
        return { outcome: "rejected", error: refused };
      case "elsewhere":
        return { outcome: "elsewhere" };
      case "lostBeforeStart":
        return { outcome: "ambiguous", error: lost };
      default:
    }
    scripted.ledger.launched.push(trace);
    const task = start(request, trace);
    if (fault === "lostAfterStart") return { outcome: "ambiguous", error: lost };
    if (fault === "throws") throw new Error("the client broke");
    if (fault === "foreignUpid")
      return { outcome: "started", upid: task.upid.replace(":UPID", "").replace(owner, "other@pve") };
    return { outcome: "started", upid: task.upid };
  }

  const server: JobServer = {
    owner,
    carriesTrace: options.carriesTrace ?? true,
    preflight: (request) => answer(`preflight ${request.kind}`, () => ({ serverTime: now() })),
    launch: async (request, trace) => {
      scripted.requests.push(`launch ${request.kind}`);
      await Promise.resolve();
      if (scripted.away !== null)
        return { outcome: "neverSent", error: { code: "server.unreachable", params: {} } };
      const outcome = launch(request, trace);
      scripted.away = scripted.awayAfterLaunch;
      return outcome;
    },
    taskStatus: (upid) =>
      answer(`status ${upid}`, () => {
        const task = find(upid);
        if (task === undefined) return { state: "gone" };
        return endOf(task) === null ? { state: "running" } : { state: "stopped", exitStatus: exitOf(task) };
      }),
    taskLog: (upid, from, limit) =>
      answer(`log ${upid} ${from}`, () => {
        const task = find(upid);
        if (task === undefined || task.logGone) return { lines: [], total: null, gone: true };
        const end = endOf(task);
        const there = task.lines
          .toSorted(([a], [b]) => a - b)
          .filter(([at]) => task.startedAt + at <= (end ?? now()))
          .map(([, text]) => text);
        if (end !== null) there.push(exitOf(task) === "OK" ? "TASK OK" : `TASK ERROR: ${exitOf(task) ?? ""}`);
        const lines = there.map((text, index) => ({ n: index + 1, text })).slice(from, from + limit);
        return { lines, total: there.length, gone: false };
      }),
    findTasks: ({ node, type, since, until }) =>
      answer(`tasks ${node} ${type}`, () =>
        scripted.tasks
          .filter((task) => !task.gone && task.node === node && task.type === type)
          .filter((task) => task.startedAt >= since && task.startedAt <= until)
          .map((task): FoundTask => {
            const endedAt = endOf(task);
            return { ...task, endedAt, status: endedAt === null ? null : exitOf(task) };
          }),
      ),
    stopTask: (upid) =>
      answer(`stop ${upid}`, () => {
        scripted.ledger.stopped.push(upid);
        const task = find(upid);
        if (task !== undefined && endOf(task) === null) task.stoppedAt = now();
      }),
    listArchives: ({ vmid }) =>
      answer(`archives ${vmid}`, () =>
        scripted.archives.filter((archive) => archive.volid.includes(`-${vmid}-`)),
      ),
    guestState: (vmid) => answer(`guest ${vmid}`, () => scripted.guests.get(vmid) ?? null),
    nodes: () => answer("nodes", () => [{ node: "pve1", online: true, bootedAt: scripted.node.bootedAt }]),
    serverTime: () => answer("time", now),
  };

  const scripted: ScriptedServer = {
    server,
    tasks: [],
    archives: [],
    guests: new Map(),
    ledger: { launched: [], stopped: [] },
    requests: [],
    fault: "none",
    away: null,
    awayAfterLaunch: null,
    offset: 0,
    taskLength: 30_000,
    exit: "OK",
    lockWait: 0,
    node: { bootedAt: 0 },
    decoy: (request, more) => start(request, "", more),
  };
  return scripted;
}

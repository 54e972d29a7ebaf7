import { AppError, isAppError } from "../../shared/errors.ts";
import type { FollowedTask } from "../../shared/followed-task.ts";
import { taskKey } from "../../shared/followed-task.ts";
import type { ClusterId } from "../../shared/ids.ts";
import { parseUpid } from "../../shared/task.ts";
import { createTaskReader } from "../progress/task-reader.ts";
import type { Log } from "../log.ts";
import type { LogStore } from "../store/logs.ts";
import type { Clock } from "./clock.ts";
import type { Emit } from "./engine.ts";
import { createProgressView, guestsOf } from "./job-progress.ts";
import type { JobLimits } from "./limits.ts";
import { jobLimits } from "./limits.ts";
import { pauseReasonOf } from "./pause-reason.ts";
import type { JobServer } from "./server.ts";
import { openTaskLog } from "./task-log.ts";

/** Looks on while tasks run that are no jobs of ours. Nothing is written down but the log, which the server would forget. */
export interface TaskWatch {
  /**
   * Follows a task as long as the signal holds, and tells each change of it (`task.changed`, `task.output`); resolves with how it
   * stands when nothing more will come. Windows that look at the same task share one follower.
   * Throws AppError `input.invalid` for what is no UPID, `cluster.notFound`, `cancelled`.
   */
  follow(
    task: { readonly clusterId: ClusterId; readonly upid: string },
    signal: AbortSignal,
  ): Promise<FollowedTask>;
}

export interface TaskWatchOptions {
  readonly server: (clusterId: string) => JobServer | null;
  /** What an account lacks that may not see another's task on this node. */
  readonly missingRight: (clusterId: string, node: string) => FollowedTask["missing"];
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly log: Log;
  readonly limits?: Partial<JobLimits>;
}

interface Shared {
  readonly end: Promise<FollowedTask>;
  readonly abort: AbortController;
  readonly last: () => FollowedTask | null;
  viewers: number;
}

export function createTaskWatch(options: TaskWatchOptions): TaskWatch {
  const { clock, emit } = options;
  const limits: JobLimits = { ...jobLimits, ...options.limits };
  const followers = new Map<string, Shared>();

  async function run(
    { clusterId, upid }: { readonly clusterId: ClusterId; readonly upid: string },
    tell: (now: FollowedTask) => void,
    signal: AbortSignal,
  ): Promise<FollowedTask> {
    const parsed = parseUpid(upid);
    if (parsed === null) throw new AppError("input.invalid", { fields: { upid: "does not fit" } });
    const key = taskKey({ clusterId, upid });
    const vmid = /^\d+$/u.test(parsed.id) ? Number(parsed.id) : undefined;
    const reader = createTaskReader(parsed.type, vmid === undefined ? {} : { vmid });
    // The node's clock and ours may differ: what began long ago by any of them began long ago.
    const began = Math.min(parsed.startTime * 1000, clock.now());
    const log = await openTaskLog({
      logs: options.logs,
      key: { serverId: clusterId, upid },
      jobId: null,
      reader,
      now: () => clock.now(),
      emit: (lines) => emit("task.output", { clusterId, upid, lines }, key),
      notStored: (error) => options.log.warn({ error, upid }, "a task log could not be stored"),
    });
    const view = createProgressView(began, []);
    let shown: FollowedTask = {
      clusterId,
      upid,
      state: "running",
      exitStatus: null,
      missing: null,
      pause: null,
      progress: null,
      guests: [],
      warnings: [],
      error: null,
      logLines: log.lines(),
      logComplete: false,
      logGone: false,
    };
    const show = (news: Partial<FollowedTask>): FollowedTask => {
      shown = { ...shown, pause: null, ...news, logLines: log.lines(), logGone: log.gone() };
      tell(shown);
      return shown;
    };
    const told = (): Pick<FollowedTask, "progress" | "guests" | "warnings" | "error"> => {
      const progress = reader.read();
      return {
        progress: view(progress, clock.now()),
        guests: guestsOf(progress),
        warnings: [...progress.warnings],
        error: progress.error,
      };
    };

    /** null = it goes on. */
    const turn = async (server: JobServer, isOld: boolean): Promise<FollowedTask | null> => {
      const status = await server.taskStatus(upid, signal);
      if (status.state === "hidden")
        return show({ state: "hidden", missing: options.missingRight(clusterId, parsed.node) });
      // A fresh task may be unknown for a moment.
      if (status.state === "gone" && !isOld) return null;
      await log.read(server, status.state !== "running", signal);
      if (status.state === "running") {
        show({ state: "running", ...told() });
        return null;
      }
      reader.end(status.state === "stopped" ? status.exitStatus : null);
      const { final } = reader.read();
      return show({
        ...told(),
        state: status.state === "gone" ? "gone" : (final?.status ?? "unknown"),
        exitStatus: status.state === "stopped" ? status.exitStatus : null,
        logComplete: await log.finish(),
      });
    };

    show({});
    const since = clock.now();
    for (;;) {
      let wait = limits.watchedPace;
      try {
        const server = options.server(clusterId);
        if (server === null) throw new AppError("cluster.notFound", { params: { id: clusterId } });
        const now = clock.now();
        const end = await turn(server, Math.max(now - since, now - began) >= limits.goneTolerance);
        if (end !== null) return end;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAppError(error)) options.log.error({ error, upid }, "a task could not be followed");
        if (isAppError(error, "cluster.notFound", "input.invalid")) throw error;
        show({ pause: pauseReasonOf(error) });
        wait = limits.pausedPace;
      }
      await clock.sleep(wait, signal);
    }
  }

  function start(task: { readonly clusterId: ClusterId; readonly upid: string }): Shared {
    const key = taskKey(task);
    const abort = new AbortController();
    let last: FollowedTask | null = null;
    const tell = (now: FollowedTask): void => {
      last = now;
      emit("task.changed", now, key);
    };
    const end = run(task, tell, abort.signal).finally(() => followers.delete(key));
    // Whoever waits hears it; nobody may be waiting any more.
    end.catch(() => undefined);
    const shared: Shared = { end, abort, last: () => last, viewers: 0 };
    followers.set(key, shared);
    return shared;
  }

  return {
    async follow(task, signal) {
      signal.throwIfAborted();
      const key = taskKey(task);
      const shared = followers.get(key) ?? start(task);
      shared.viewers += 1;
      // Another window's: what it was told already is told again, to this one too.
      const known = shared.last();
      if (known !== null) emit("task.changed", known, key);
      const gone = Promise.withResolvers<never>();
      const leave = (): void => gone.reject(new AppError("cancelled"));
      signal.addEventListener("abort", leave, { once: true });
      try {
        return await Promise.race([shared.end, gone.promise]);
      } finally {
        signal.removeEventListener("abort", leave);
        shared.viewers -= 1;
        if (shared.viewers === 0) shared.abort.abort(new AppError("cancelled"));
      }
    },
  };
}

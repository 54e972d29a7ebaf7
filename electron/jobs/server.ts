import type { ErrorData } from "../../shared/errors.ts";
import type { JobRequest } from "../../shared/job.ts";

/**
 * What the job engine needs of a cluster. Given to it: jobs/ never imports the client. Every function throws AppError where the
 * server could not be asked (`server.*`, `cluster.needsLogin`, `cluster.frozen`): such a failure never counts as an answer.
 * All server times are ms since the epoch on the server's clock (HTTP `Date` for "now").
 */
export interface JobServer {
  /** The user or token that owns our tasks, as it stands in a UPID. */
  readonly owner: string;
  /** The server can carry our trace id in a backup's notes (PVE 7.2 and later). */
  readonly carriesTrace: boolean;
  /** Fresh reads just before a launch. Throws AppError with what stands against it; never writes. */
  preflight(request: JobRequest, signal: AbortSignal): Promise<{ readonly serverTime: number }>;
  /** Sends the launch exactly once, on a connection of its own, within `launchDeadlineMs`. Never throws for what the server said. */
  launch(request: JobRequest, trace: string, signal: AbortSignal): Promise<LaunchOutcome>;
  taskStatus(upid: string, signal: AbortSignal): Promise<TaskStatus>;
  /** Lines from `start` (0-based), at most `limit`. */
  taskLog(upid: string, start: number, limit: number, signal: AbortSignal): Promise<TaskLog>;
  /** All tasks (running and finished) of one type on a node that began between the two times; source=all. */
  findTasks(query: TaskQuery, signal: AbortSignal): Promise<readonly FoundTask[]>;
  /** Asks the server to stop it; says nothing of the outcome. */
  stopTask(upid: string, signal: AbortSignal): Promise<void>;
  /** Backups of one guest on one storage, with whole notes where the list gives only their first line. */
  listArchives(
    query: { readonly node: string; readonly storage: string; readonly vmid: number },
    signal: AbortSignal,
  ): Promise<readonly FoundArchive[]>;
  /** Where a guest is now and how it stands; null = the cluster has no such guest. */
  guestState(vmid: number, signal: AbortSignal): Promise<GuestState | null>;
  /** Names of all nodes that could run a task now. */
  nodes(
    signal: AbortSignal,
  ): Promise<
    readonly { readonly node: string; readonly online: boolean; readonly bootedAt: number | null }[]
  >;
  serverTime(signal: AbortSignal): Promise<number>;
}

export type LaunchOutcome =
  /** A well-formed UPID of the right node and type. */
  | { readonly outcome: "started"; readonly upid: string }
  /** `OK` without a task: the guest is on another node. */
  | { readonly outcome: "elsewhere" }
  /** The server refused: 4xx, or a 500 that says so before any worker was forked. */
  | { readonly outcome: "rejected"; readonly error: ErrorData }
  /** The request never left: refused connection, name not found, pin check failed. */
  | { readonly outcome: "neverSent"; readonly error: ErrorData }
  /** It may have started: time-out, cut connection, 595–599, an answer that fits nothing. */
  | { readonly outcome: "ambiguous"; readonly error: ErrorData };

export type TaskStatus =
  | { readonly state: "running" }
  | { readonly state: "stopped"; readonly exitStatus: string | null }
  /** 400 "no such task": its log is gone, or it has not been written yet. */
  | { readonly state: "gone" }
  /** 403: this account may not see it (another token's task). */
  | { readonly state: "hidden" };

export interface TaskLog {
  readonly lines: readonly { readonly n: number; readonly text: string }[];
  /** Lines that the log has now; null where the server does not say. */
  readonly total: number | null;
  /** `unable to open file`: the log has been removed. */
  readonly gone: boolean;
}

export interface TaskQuery {
  readonly node: string;
  /** UPID type, exact: vzdump, qmrestore, vzrestore, qmstart … */
  readonly type: string;
  readonly since: number;
  readonly until: number;
}

export interface FoundTask {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly status: string | null;
}

export interface FoundArchive {
  readonly volid: string;
  readonly notes: string;
  readonly createdAt: number;
  readonly size: number | null;
  readonly protected: boolean;
}

export interface GuestState {
  readonly node: string;
  readonly type: "qemu" | "lxc";
  readonly name: string;
  readonly status: string;
  readonly lock: string | null;
}

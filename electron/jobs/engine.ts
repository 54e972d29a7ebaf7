import type { AppError } from "../../shared/errors.ts";
import type { EventName, Events } from "../../shared/events.ts";
import type { Log } from "../log.ts";
import type { Audit } from "../store/audit.ts";
import type { JobStore } from "../store/jobs.ts";
import type { LogStore } from "../store/logs.ts";
import type { Book } from "./book.ts";
import type { Clock } from "./clock.ts";
import type { HitFailpoint } from "./failpoint.ts";
import type { JobLimits } from "./limits.ts";
import type { JobServer } from "./server.ts";
import type { RandomBytes } from "./ulid.ts";

export type Emit = <E extends EventName>(event: E, payload: Events[E], key?: string) => void;

/** What all parts of the engine work with; made once by createJobs. */
export interface Engine {
  readonly store: JobStore;
  readonly logs: LogStore;
  readonly audit: Audit;
  readonly book: Book;
  /** null while a cluster is not registered (any more). */
  readonly server: (clusterId: string) => JobServer | null;
  readonly isWatched: (upid: string) => boolean;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly emit: Emit;
  readonly failpoint: HitFailpoint;
  readonly limits: JobLimits;
  readonly log: Log;
  /** Aborted when the engine closes. */
  readonly closing: AbortSignal;
  /** Begins to follow a job that has a task, unless that is being done already. */
  readonly startFollowing: (jobId: string) => void;
  /** Looks a lost launch up soon, and again until it is settled. */
  readonly lookSoon: () => void;
}

/** Waits between `ms` and a third more, so that jobs do not ask in step. Ends early and quietly when nudged. */
export async function pause(engine: Engine, ms: number, nudge: AbortSignal): Promise<void> {
  const [byte = 0] = engine.random(1);
  const jitter = Math.round((ms * byte) / (3 * 255));
  try {
    await engine.clock.sleep(ms + jitter, AbortSignal.any([engine.closing, nudge]));
  } catch {
    engine.closing.throwIfAborted();
  }
}

/** Tells everybody of a failure for which nobody waits. */
export function tellProblem(engine: Engine, error: AppError): void {
  engine.emit("app.problem", { code: error.code, params: error.details.params ?? {} });
}

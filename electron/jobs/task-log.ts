import type { TaskReader } from "../progress/task-reader.ts";
import type { Job } from "../../shared/job.ts";
import type { Engine } from "./engine.ts";
import { logPage, logPagesPerTick } from "./limits.ts";
import type { JobServer } from "./server.ts";

/** A task's log as far as it was read: every line once, in order, into the reader, the archive and the windows. */
export interface FollowedLog {
  readonly lines: () => number;
  /** The server has removed it. */
  readonly gone: () => boolean;
  /** Reads what is new. `toEnd`: until there is no more; else at most some pages. Throws as the server's functions do. */
  read(server: JobServer, toEnd: boolean, signal: AbortSignal): Promise<void>;
  /** Notes that nothing more will come. */
  finish(): Promise<boolean>;
}

/** Stand-ins of PVE for a log that is empty or away (PVE::Tools dump_logfile): they are no lines of it. */
const standIns = /^(?:no content|unable to open file - .*)$/u;

/** Takes up where an earlier run of the app stopped: what it stored goes through the reader again. */
export async function openTaskLog(
  engine: Engine,
  job: Job,
  upid: string,
  reader: TaskReader,
): Promise<FollowedLog> {
  const key = { serverId: job.clusterId, upid };
  let count = 0;
  let gone = false;
  let stored = true;
  let complete = false;

  /** archive.db can be done without: a log that cannot be kept is still followed. */
  const keep = async (work: () => Promise<void>): Promise<void> => {
    if (!stored) return;
    try {
      await work();
    } catch (error) {
      stored = false;
      engine.log.error({ error, jobId: job.id }, "a task log could not be stored");
    }
  };

  await keep(async () => {
    ({ complete } = await engine.logs.state(key));
    for await (const piece of engine.logs.pieces(key)) {
      for (const line of piece) reader.push(line);
      count += piece.length;
    }
  });

  const take = async (fresh: readonly string[]): Promise<void> => {
    const first = count;
    await keep(() => engine.logs.append(key, job.id, first, fresh, engine.clock.now()));
    for (const line of fresh) reader.push(line);
    count += fresh.length;
    const lines = fresh.map((text, index) => ({ n: first + index + 1, text }));
    engine.emit("job.output", { jobId: job.id, upid, lines }, job.id);
  };

  /** True when there may be more. */
  const readPage = async (server: JobServer, signal: AbortSignal): Promise<boolean> => {
    const page = await server.taskLog(upid, count, logPage, signal);
    gone = page.gone;
    if (page.gone) return false;
    // Lines are numbered from 1; one that does not follow the last is a gap of the answer and is asked for again.
    const fresh: string[] = [];
    for (const line of page.lines) if (line.n === count + fresh.length + 1) fresh.push(line.text);
    const onlyLine = count === 0 && fresh.length === 1 && (page.total === null || page.total <= 1);
    if (onlyLine && standIns.test(fresh[0] ?? "")) return false;
    if (fresh.length === 0) return false;
    await take(fresh);
    return page.total === null ? fresh.length >= logPage : count < page.total;
  };

  return {
    lines: () => count,
    gone: () => gone,
    read: async (server, toEnd, signal) => {
      if (complete) return;
      const pages = toEnd ? Number.POSITIVE_INFINITY : logPagesPerTick;
      for (let page = 0; page < pages; page += 1) if (!(await readPage(server, signal))) return;
    },
    finish: async () => {
      if (count === 0 || gone) return complete;
      await keep(() => engine.logs.complete(key));
      complete = stored;
      return complete;
    },
  };
}

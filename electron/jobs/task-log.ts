import type { LogLine } from "../../shared/job.ts";
import { lostLine } from "../../shared/job.ts";
import type { TaskReader } from "../progress/task-reader.ts";
import type { LogKey, LogStore } from "../store/logs.ts";
import { logPage, logPagesPerTick } from "./limits.ts";
import type { JobServer, TaskLog } from "./server.ts";

/** A task's log as far as it was read: every line once, in order, into the reader, the archive and the windows. */
export interface FollowedLog {
  readonly lines: () => number;
  /** The server has removed it. */
  readonly gone: () => boolean;
  /** Reads what is new. `toEnd`: until there is no more; else at most some pages. Throws as the server's functions do. */
  read(server: Pick<JobServer, "taskLog">, toEnd: boolean, signal: AbortSignal): Promise<void>;
  /** Notes that nothing more will come. */
  finish(): Promise<boolean>;
}

export interface TaskLogOptions {
  readonly logs: LogStore;
  readonly key: LogKey;
  /** Whose task it is; null = none of ours. */
  readonly jobId: string | null;
  readonly reader: TaskReader;
  readonly now: () => number;
  readonly emit: (lines: LogLine[]) => void;
  /** archive.db can be done without: a log that cannot be kept is still followed. */
  readonly notStored: (error: unknown) => void;
}

/** Stand-ins of PVE for a log that is empty or away (PVE::Tools dump_logfile): they are no lines of it. */
const standIns = /^(?:no content|unable to open file - .*)$/u;

/** Takes up where an earlier run of the app stopped: what it stored goes through the reader again. */
export async function openTaskLog(options: TaskLogOptions): Promise<FollowedLog> {
  const { logs, key, reader } = options;
  let count = 0;
  let gone = false;
  let stored = true;
  let complete = false;
  /** Lines that the server says there are. */
  let total = 0;
  /** The line that was missing when it was last asked for. */
  let missing = 0;

  const keep = async (work: () => Promise<void>): Promise<void> => {
    if (!stored) return;
    try {
      await work();
    } catch (error) {
      stored = false;
      options.notStored(error);
    }
  };

  const push = (lines: readonly string[]): void => {
    for (const line of lines) if (line !== lostLine) reader.push(line);
    count += lines.length;
  };

  await keep(async () => {
    ({ complete } = await logs.state(key));
    for await (const piece of logs.pieces(key)) push(piece);
  });

  const take = async (fresh: readonly string[]): Promise<void> => {
    const first = count;
    await keep(() => logs.append(key, options.jobId, first, fresh, options.now()));
    push(fresh);
    options.emit(fresh.map((text, index) => ({ n: first + index + 1, text })));
  };

  /**
   * The lines that follow those we have, in their order and each once, whatever the answer repeats. Where it leaves lines out, it is
   * asked again; left out a second time, they are taken for lost.
   */
  const following = (page: TaskLog): string[] => {
    const fresh: string[] = [];
    for (const { n, text } of page.lines.toSorted((a, b) => a.n - b.n)) {
      const next = count + fresh.length + 1;
      if (n > next) {
        if (missing !== next || n - next > logPage) {
          if (fresh.length === 0) missing = next;
          break;
        }
        for (let lost = next; lost < n; lost += 1) fresh.push(lostLine);
      }
      if (n === count + fresh.length + 1) fresh.push(text);
    }
    return fresh;
  };

  /** True when there may be more. */
  const readPage = async (server: Pick<JobServer, "taskLog">, signal: AbortSignal): Promise<boolean> => {
    const page = await server.taskLog(key.upid, count, logPage, signal);
    gone = page.gone;
    if (page.gone) return false;
    total = page.total ?? total;
    const missed = missing;
    const fresh = following(page);
    const onlyLine = count === 0 && fresh.length === 1 && (page.total === null || page.total <= 1);
    if (onlyLine && standIns.test(fresh[0] ?? "")) return false;
    // Left out for the first time: asked again at once.
    if (fresh.length === 0) return missing !== missed;
    await take(fresh);
    return fresh.length >= logPage || count < total;
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
      if (count === 0 || gone || count < total) return complete;
      await keep(() => logs.complete(key));
      complete = stored;
      return complete;
    },
  };
}

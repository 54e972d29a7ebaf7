import type { Job, LogLine } from "../../shared/job.ts";
import { lostLine } from "../../shared/job.ts";
import { AppError } from "../../shared/errors.ts";
import { en } from "../../shared/messages/en.ts";
import type { LogKey, LogStore } from "../store/logs.ts";
import type { Jobs, LogQuery } from "./jobs.ts";

/** Hits that a search hands to a window; it counts all. */
const searchHits = 5000;

/** The kept logs of tasks, as windows ask for them. */
export interface KeptLogs {
  read(
    key: LogKey,
    window: { readonly start: number; readonly limit: number },
  ): Promise<{ lines: LogLine[]; total: number; complete: boolean }>;
  search(key: LogKey, text: string): Promise<{ lines: number[]; total: number }>;
  /** The whole log as text, in pieces. */
  save(key: LogKey): AsyncIterable<Uint8Array>;
}

export function createKeptLogs(logs: LogStore): KeptLogs {
  const encoder = new TextEncoder();
  return {
    read: async (key, { start, limit }) => {
      const { lines: total, complete } = await logs.state(key);
      return { lines: await logs.read(key, start, limit), total, complete };
    },
    search: (key, text) => logs.search(key, text, searchHits),
    async *save(key) {
      for await (const lines of logs.pieces(key)) {
        const shown = lines.map((line) => (line === lostLine ? en["job.log.lost"] : line));
        yield encoder.encode(`${shown.join("\n")}\n`);
      }
    },
  };
}

interface Options {
  readonly kept: KeptLogs;
  readonly known: (jobId: string) => Promise<Job>;
}

/** The same, by job. */
export function createLogs({ kept, known }: Options): Pick<Jobs, "log" | "searchLog" | "saveLog"> {
  const keyOf = async ({ jobId, upid }: LogQuery): Promise<LogKey | null> => {
    const job = await known(jobId);
    const task = upid === undefined ? job.tasks.at(-1) : job.tasks.find((task) => task.upid === upid);
    if (task === undefined && upid !== undefined)
      throw new AppError("job.notFound", { params: { id: jobId } });
    return task === undefined ? null : { serverId: job.clusterId, upid: task.upid };
  };
  return {
    log: async (query) => {
      const key = await keyOf(query);
      return key === null ? { lines: [], total: 0, complete: false } : kept.read(key, query);
    },
    searchLog: async (query) => {
      const key = await keyOf(query);
      return key === null ? { lines: [], total: 0 } : kept.search(key, query.text);
    },
    async *saveLog(query) {
      const key = await keyOf(query);
      if (key !== null) yield* kept.save(key);
    },
  };
}

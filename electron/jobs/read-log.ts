import type { Job } from "../../shared/job.ts";
import { AppError } from "../../shared/errors.ts";
import type { LogKey, LogStore } from "../store/logs.ts";
import type { Jobs, LogQuery } from "./jobs.ts";

/** Hits that a search hands to a window; it counts all. */
const searchHits = 5000;

interface Options {
  readonly logs: LogStore;
  readonly known: (jobId: string) => Promise<Job>;
}

/** The kept logs of jobs, as windows ask for them. */
export function createLogs({ logs, known }: Options): Pick<Jobs, "log" | "searchLog" | "saveLog"> {
  const keyOf = async ({ jobId, upid }: LogQuery): Promise<LogKey | null> => {
    const job = await known(jobId);
    const task = upid === undefined ? job.tasks.at(-1) : job.tasks.find((task) => task.upid === upid);
    if (task === undefined && upid !== undefined)
      throw new AppError("job.notFound", { params: { id: jobId } });
    return task === undefined ? null : { serverId: job.clusterId, upid: task.upid };
  };
  const encoder = new TextEncoder();
  return {
    log: async (query) => {
      const key = await keyOf(query);
      if (key === null) return { lines: [], total: 0, complete: false };
      const { lines: total, complete } = await logs.state(key);
      return { lines: await logs.read(key, query.start, query.limit), total, complete };
    },
    searchLog: async (query) => {
      const key = await keyOf(query);
      return key === null ? { lines: [], total: 0 } : logs.search(key, query.text, searchHits);
    },
    async *saveLog(query) {
      const key = await keyOf(query);
      if (key === null) return;
      for await (const lines of logs.pieces(key)) yield encoder.encode(`${lines.join("\n")}\n`);
    },
  };
}

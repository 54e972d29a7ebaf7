import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";

import type { LogLine } from "../../shared/job.ts";
import type { Database } from "./database.ts";
import type { SqlRow, Statement } from "./sql.ts";

/** Names one task's log. */
export interface LogKey {
  readonly serverId: string;
  readonly upid: string;
}

export interface LogState {
  readonly lines: number;
  readonly complete: boolean;
}

/** Task logs as the server gave them, compressed, without a gap and without a line twice. */
export interface LogStore {
  state(key: LogKey): Promise<LogState>;
  /** Adds lines behind those that are there: `first` (0-based) has to be their number, else store.failed (`conflict`). */
  append(
    key: LogKey,
    jobId: string | null,
    first: number,
    lines: readonly string[],
    at: number,
  ): Promise<void>;
  /** Notes that the log was read to its end after the task had ended. */
  complete(key: LogKey): Promise<void>;
  /** A stretch of lines from `start` (0-based). */
  read(key: LogKey, start: number, limit: number): Promise<LogLine[]>;
  /** All lines in order, in pieces: a log may be larger than one wants in memory. */
  pieces(key: LogKey): AsyncIterable<readonly string[]>;
  /** Numbers (1-based, as in LogLine) of the lines that hold the text in any case; at most `limit`, with the count of all. */
  search(
    key: LogKey,
    text: string,
    limit: number,
  ): Promise<{ readonly lines: number[]; readonly total: number }>;
}

/** A chunk is rewritten while it grows (live logs come in a few lines at a time) and closed at this many lines. */
const chunkLines = 500;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

const pack = async (lines: readonly string[]): Promise<Uint8Array> => deflate(JSON.stringify(lines));

async function unpack(row: SqlRow): Promise<readonly string[]> {
  const packed = row["packed"];
  if (!(packed instanceof Uint8Array)) return [];
  const lines: unknown = JSON.parse((await inflate(packed)).toString("utf8"));
  return Array.isArray(lines) ? lines.map(String) : [];
}

const whose = "server_id = ? AND upid = ?";

interface Chunk {
  readonly first: number;
  readonly lines: readonly string[];
}

function cut(first: number, lines: readonly string[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < lines.length; at += chunkLines)
    chunks.push({ first: first + at, lines: lines.slice(at, at + chunkLines) });
  return chunks;
}

export function createLogStore(database: Database): LogStore {
  const state: LogStore["state"] = async ({ serverId, upid }) => {
    const row = await database.get(`SELECT lines, complete FROM logs WHERE ${whose}`, [serverId, upid]);
    return { lines: Number(row?.["lines"] ?? 0), complete: row?.["complete"] === 1 };
  };

  const lastOpenChunk = async ({ serverId, upid }: LogKey): Promise<Chunk | null> => {
    const row = await database.get(
      `SELECT first_line, packed FROM log_chunks WHERE ${whose} AND lines < ${chunkLines} ORDER BY first_line DESC LIMIT 1`,
      [serverId, upid],
    );
    return row === null ? null : { first: Number(row["first_line"]), lines: await unpack(row) };
  };

  const putChunk = async ({ serverId, upid }: LogKey, chunk: Chunk): Promise<Statement> => ({
    sql: "INSERT OR REPLACE INTO log_chunks (server_id, upid, first_line, lines, packed) VALUES (?, ?, ?, ?, ?)",
    params: [serverId, upid, chunk.first, chunk.lines.length, await pack(chunk.lines)],
  });

  async function* chunks({ serverId, upid }: LogKey, from: number): AsyncGenerator<Chunk> {
    let next = from;
    for (;;) {
      const row = await database.get(
        `SELECT first_line, lines, packed FROM log_chunks WHERE ${whose} AND first_line + lines > ? ORDER BY first_line LIMIT 1`,
        [serverId, upid, next],
      );
      if (row === null) return;
      const lines = await unpack(row);
      const first = Number(row["first_line"]);
      yield { first, lines };
      next = first + Math.max(1, Number(row["lines"]));
    }
  }

  return {
    state,
    append: async (key, jobId, first, lines, at) => {
      if (lines.length === 0) return;
      const { serverId, upid } = key;
      const before = first === 0 ? null : await lastOpenChunk(key);
      const joined = before === null ? cut(first, lines) : cut(before.first, [...before.lines, ...lines]);
      const bytes = lines.reduce((sum, line) => sum + line.length, 0);
      await database.transaction([
        {
          sql: "INSERT OR IGNORE INTO logs (server_id, upid, job_id, read_at) VALUES (?, ?, ?, ?)",
          params: [serverId, upid, jobId, at],
        },
        {
          sql: `UPDATE logs SET lines = lines + ?, bytes = bytes + ?, read_at = ? WHERE ${whose} AND lines = ? AND complete = 0`,
          params: [lines.length, bytes, at, serverId, upid, first],
          expectChanges: 1,
        },
        ...(await Promise.all(joined.map((chunk) => putChunk(key, chunk)))),
      ]);
    },
    complete: async ({ serverId, upid }) => {
      await database.run(`UPDATE logs SET complete = 1 WHERE ${whose}`, [serverId, upid]);
    },
    read: async (key, start, limit) => {
      const found: LogLine[] = [];
      for await (const { first, lines } of chunks(key, start)) {
        const skipped = Math.max(0, start - first);
        const wanted = lines.slice(skipped, skipped + limit - found.length);
        found.push(...wanted.map((text, index) => ({ n: first + skipped + index + 1, text })));
        if (found.length >= limit) break;
      }
      return found;
    },
    async *pieces(key) {
      for await (const { lines } of chunks(key, 0)) yield lines;
    },
    search: async (key, text, limit) => {
      const wanted = text.toLowerCase();
      const found: number[] = [];
      let total = 0;
      for await (const { first, lines } of chunks(key, 0)) {
        for (const [index, line] of lines.entries()) {
          if (!line.toLowerCase().includes(wanted)) continue;
          total += 1;
          if (found.length < limit) found.push(first + index + 1);
        }
      }
      return { lines: found, total };
    },
  };
}

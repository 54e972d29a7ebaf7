import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { openTaskLog } from "../../electron/jobs/task-log.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { createLogStore } from "../../electron/store/logs.ts";
import { openStore } from "../../electron/store/store.ts";
import { lostLine } from "../../shared/job.ts";
import { workerUrl } from "./house.ts";

import type { FollowedLog } from "../../electron/jobs/task-log.ts";
import type { TaskLog } from "../../electron/jobs/server.ts";
import type { LogStore } from "../../electron/store/logs.ts";
import type { Store } from "../../electron/store/store.ts";
import type { LogLine } from "../../shared/job.ts";

const key = { serverId: "c1", upid: "UPID:pve1:0000AAAA:0000BBBB:6B005B87:vzdump:100:root@pam:" };
const never = new AbortController().signal;
let directory: string;
let store: Store;
let logs: LogStore;
let told: LogLine[];
let failures: unknown[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pxm-log-"));
  store = await openStore({ directory, workerUrl, now: () => 1000 });
  logs = createLogStore(store.archive);
  told = [];
  failures = [];
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const open = (): Promise<FollowedLog> =>
  openTaskLog({
    logs,
    key,
    jobId: null,
    reader: createTaskReader("vzdump", {}),
    now: () => 1000,
    emit: (lines) => told.push(...lines),
    notStored: (error) => failures.push(error),
  });

const numbered = (...all: readonly (readonly [number, string])[]): TaskLog["lines"] =>
  all.map(([n, text]) => ({ n, text }));

/** Answers one after the other, whatever is asked; after them there is nothing new. */
function answering(...pages: readonly Partial<TaskLog>[]) {
  const asked: number[] = [];
  const left = [...pages];
  return {
    asked,
    taskLog: (_upid: string, start: number): Promise<TaskLog> => {
      asked.push(start);
      return Promise.resolve({ lines: [], total: null, gone: false, ...left.shift() });
    },
  };
}

async function kept(): Promise<readonly string[]> {
  return (await logs.read(key, 0, 1000)).map(({ text }) => text);
}

it("takes each line once where an answer repeats lines, goes back or is out of order", async () => {
  const log = await open();
  const server = answering(
    { lines: numbered([1, "a"], [2, "b"]), total: 5 },
    { lines: numbered([1, "a"], [2, "b"], [3, "c"]), total: 5 },
    { lines: numbered([5, "e"], [4, "d"], [4, "d"]), total: 5 },
  );
  await log.read(server, true, never);
  expect(await kept()).toEqual(["a", "b", "c", "d", "e"]);
  expect(told.map(({ n, text }) => `${String(n)}${text}`)).toEqual(["1a", "2b", "3c", "4d", "5e"]);
  expect([await log.finish(), failures]).toEqual([true, []]);
});

it("asks again for lines that were left out, and marks them where they do not come", async () => {
  const log = await open();
  const gap = { lines: numbered([1, "a"], [4, "d"]), total: 4 };
  const server = answering(
    gap,
    { lines: numbered([4, "d"]), total: 4 },
    { lines: numbered([4, "d"]), total: 4 },
  );
  await log.read(server, true, never);
  expect(await kept()).toEqual(["a", lostLine, lostLine, "d"]);
  expect(server.asked).toEqual([0, 1, 1]);
});

it("takes lines that come the second time as if nothing had been missing", async () => {
  const log = await open();
  const server = answering(
    { lines: numbered([1, "a"], [3, "c"]), total: 3 },
    { lines: numbered([3, "c"]), total: 3 },
    { lines: numbered([2, "b"], [3, "c"]), total: 3 },
  );
  await log.read(server, true, never);
  expect(await kept()).toEqual(["a", "b", "c"]);
});

it("believes lines more than a total that is too small", async () => {
  const log = await open();
  const server = answering(
    { lines: numbered([1, "a"], [2, "b"]), total: 1 },
    { lines: numbered([3, "c"]), total: 1 },
  );
  await log.read(server, false, never);
  await log.read(server, true, never);
  expect(await kept()).toEqual(["a", "b", "c"]);
});

it("does not call a log complete of which the server says that it has more", async () => {
  const log = await open();
  await log.read(answering({ lines: numbered([1, "a"]), total: 9 }), true, never);
  expect([await log.finish(), log.lines()]).toEqual([false, 1]);
});

it("is not held up for ever by an answer that only repeats what is known", async () => {
  const log = await open();
  const again = { lines: numbered([1, "a"]), total: 7 };
  const server = answering(again, again, again, again);
  await log.read(server, true, never);
  expect([log.lines(), server.asked.length]).toEqual([1, 2]);
});

it.each([["no content"], ["unable to open file - No such file or directory"]])(
  "takes the stand-in “%s” for no line",
  async (text) => {
    const log = await open();
    await log.read(answering({ lines: numbered([1, text]), total: 1 }), true, never);
    expect([log.lines(), told]).toEqual([0, []]);
  },
);

it("goes on where an earlier run of the app stopped, and keeps what was gone meanwhile", async () => {
  await (await open()).read(answering({ lines: numbered([1, "a"], [2, "b"]), total: 2 }), true, never);
  const log = await open();
  const server = answering({ gone: true });
  await log.read(server, true, never);
  expect([server.asked, log.lines(), log.gone(), await kept()]).toEqual([[2], 2, true, ["a", "b"]]);
});

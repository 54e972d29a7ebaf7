import { mkdtemp, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { openLog } from "../../electron/log.ts";
import { createRedactor, secretOf } from "../../electron/proxmox/secret.ts";

const directory = (): Promise<string> => mkdtemp(join(tmpdir(), "pxm-log-"));

test("a line holds time, level, sentence and fields, and an error whole with its causes", async () => {
  const folder = join(await directory(), "log");
  const log = openLog({ directory: folder, redact: (line) => line });
  log.info({ trace: "pxm:1", operation: "app.info", ms: 3, code: "ok" }, "call");
  log.error({ error: new Error("outer", { cause: new Error("inner") }) }, "surprise");
  log.debug({}, "not at this level");
  log.close();
  const lines = (await readFile(join(folder, "proxmoxer.log"), "utf8")).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 30, trace: "pxm:1", operation: "app.info", ms: 3, code: "ok", msg: "call" },
    { level: 50, error: { message: "outer", cause: { message: "inner" } }, msg: "surprise" },
  ]);
  expect((await stat(join(folder, "proxmoxer.log"))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("every line passes the redactor before it is written or echoed", async () => {
  const folder = await directory();
  const redactor = createRedactor();
  redactor.register(secretOf('CANARY-"7&c'));
  const echoed: string[] = [];
  const log = openLog({
    directory: folder,
    redact: (line) => redactor.redact(line),
    echo: (line) => echoed.push(line),
  });
  log.warn({ text: 'it was CANARY-"7&c' }, encodeURIComponent('CANARY-"7&c'));
  log.error({ error: new Error("PVEAuthCookie=PVE:root@pam:6AB0C1D2::abcdefgh") }, "surprise");
  log.close();
  const text = await readFile(join(folder, "proxmoxer.log"), "utf8");
  expect(text).not.toContain("CANARY");
  expect(text).not.toContain("abcdefgh");
  expect(text).toContain("‹secret›");
  expect(echoed.join("")).toBe(text);
});

test("a file that has grown is put aside, four are kept, and nothing is lost in between", async () => {
  const folder = await directory();
  const log = openLog({ directory: folder, redact: (line) => line, maxBytes: 1000 });
  for (let at = 0; at < 200; at += 1) log.info({ at }, "x".repeat(60));
  log.close();
  log.info({}, "after the end: dropped, not thrown");
  const files = (await readdir(folder)).sort();
  expect(files).toEqual(["proxmoxer.log", ...[1, 2, 3, 4].map((number) => `proxmoxer.log.${number}`)]);
  const newest = files.toReversed();
  const numbers: number[] = [];
  for (const file of [...newest.filter((name) => name !== "proxmoxer.log"), "proxmoxer.log"]) {
    for (const line of (await readFile(join(folder, file), "utf8")).trim().split("\n")) {
      numbers.push((JSON.parse(line) as { at: number }).at);
    }
  }
  expect(numbers.at(-1)).toBe(199);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => 200 - numbers.length + at));
});

test("an existing log is continued", async () => {
  const folder = await directory();
  for (const word of ["first", "second"]) {
    const log = openLog({ directory: folder, redact: (line) => line });
    log.info({}, word);
    log.close();
  }
  expect(await readFile(join(folder, "proxmoxer.log"), "utf8")).toMatch(/first.*\n.*second/u);
});

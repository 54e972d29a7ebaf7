import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { classifyExit } from "../../electron/progress/exit.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { progressSchema } from "../../shared/progress.ts";
import { hasReference, print, referenceFolder } from "./reference.ts";

const recordingSchema = z.object({ path: z.string(), body: z.unknown() });
const logSchema = z.object({ data: z.array(z.object({ n: z.number(), t: z.string() })) });
const statusSchema = z.object({
  data: z.object({ upid: z.string(), status: z.string(), exitstatus: z.string().optional() }),
});

const upidOf = (path: string): string => decodeURIComponent(/\/tasks\/([^/]+)\//.exec(path)?.[1] ?? "");

describe.skipIf(!hasReference("recordings"))("recorded task logs", () => {
  const folder = join(referenceFolder, "recordings");
  const files = readdirSync(folder).filter((name) => /-tasks-UPID.*-(?:log|status)__/.test(name));
  const recordings = files.map((name) => ({
    name,
    ...recordingSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
  }));
  const exits = new Map<string, string>();
  for (const recording of recordings) {
    const status = statusSchema.safeParse(recording.body);
    if (status.success && status.data.data.status === "stopped")
      exits.set(status.data.data.upid, status.data.data.exitstatus ?? "");
  }
  const logs = recordings.flatMap((recording) => {
    const log = recording.name.includes("-log__") ? logSchema.safeParse(recording.body) : null;
    return log?.success ? [{ name: recording.name, upid: upidOf(recording.path), lines: log.data.data }] : [];
  });

  it("are there, most of them with the status of their task", () => {
    const known = logs.filter((log) => exits.has(log.upid)).length;
    print(`recorded task logs: ${logs.length}, with a recorded end: ${known}`);
    expect(logs.length).toBeGreaterThan(0);
    expect(known).toBeGreaterThan(0);
  });

  it.each(logs)("$name is read and ends as the server said", ({ upid, lines }) => {
    const [, , , , , type = "", id = ""] = upid.split(":");
    const reader = createTaskReader(type, /^\d+$/.test(id) ? { vmid: Number(id) } : {});
    for (const line of lines) reader.push(line.t);
    const before = progressSchema.parse(reader.read());
    expect(before.final).toBeNull();
    const exit = exits.get(upid);
    if (exit === undefined) return;
    reader.end(exit);
    const after = progressSchema.parse(reader.read());
    expect(after.final).toEqual(classifyExit(exit));
    expect(after.guests.filter((guest) => guest.status === "running")).toEqual([]);
    expect(after.final?.text).toBe(exit);
    // A whole log says of every guest how it fared; an unread part or a lost worker leaves it unknown.
    const last = lines.at(-1)?.t ?? "";
    if (lines[0]?.n === 1 && last.startsWith("TASK "))
      expect(after.guests.filter((guest) => guest.status === "unknown")).toEqual([]);
  });

  it("tells the guests of a job in which one was lost", () => {
    const log = logs.find((one) => one.name.endsWith("__vzdump-multi-one-fails.json"));
    const reader = createTaskReader("vzdump");
    for (const line of log?.lines ?? []) reader.push(line.t);
    expect(reader.read().guests.map((guest) => `${guest.vmid} ${guest.status}`)).toEqual([
      "101 ok",
      "102 ok",
      "110 failed",
    ]);
  });

  it("tells a stopped container backup though the task ends with job errors", () => {
    const log = logs.find((one) => one.name.endsWith("__vzdump-aborted.json"));
    const reader = createTaskReader("vzdump");
    for (const line of log?.lines ?? []) reader.push(line.t);
    reader.end("job errors");
    expect(reader.read().guests.map((guest) => guest.status)).toEqual(["aborted"]);
  });
});

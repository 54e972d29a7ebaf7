import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";
import { z } from "zod";

import { guessKind } from "../../electron/progress/guess-kind.ts";
import { exitOfLastLine, summarise } from "../../electron/progress/saved-log.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { hasReference, linesOf, print, referenceFolder } from "./reference.ts";

const indexSchema = z.array(
  z.object({
    file: z.string(),
    operation: z.string(),
    expected: z.looseObject({
      note: z.string().optional(),
      guests: z.array(z.looseObject({ error: z.string().optional() })).optional(),
    }),
  }),
);

function summaryOf(file: string, kind: string | null): Record<string, unknown> {
  const lines = linesOf(file);
  const told = kind ?? guessKind(lines);
  const reader = createTaskReader(told);
  for (const line of lines) reader.push(line);
  const exitStatus = exitOfLastLine(lines.findLast((line) => line.trim() !== "") ?? "");
  if (exitStatus !== null) reader.end(exitStatus);
  return { ...summarise(told, reader.read()) };
}

describe.skipIf(!hasReference("facts", "task-logs"))("real logs", () => {
  const folder = join(referenceFolder, "facts", "task-logs");
  const entries = indexSchema.parse(JSON.parse(readFileSync(join(folder, "index.json"), "utf8")));

  it("are read, all of them", () => {
    print(`real task logs: ${entries.length}`);
    expect(entries.length).toBeGreaterThan(0);
  });

  it("are told of with every key that the index has anywhere, and more", () => {
    const keys = new Set(entries.flatMap(({ expected }) => Object.keys(expected)));
    for (const { file } of entries)
      expect(Object.keys(summaryOf(join(folder, file), null))).toEqual(
        expect.arrayContaining([...keys, "operation", "warnings"]),
      );
  });

  for (const { file, operation, expected } of entries) {
    it(`${file} gives its expected values, told the kind or not`, () => {
      const { note: _, guests, ...rest } = expected;
      const wanted = {
        operation,
        ...rest,
        // The index names the telling part of an error; the log has more around it.
        ...(guests && {
          guests: guests.map((guest) => ({
            ...guest,
            ...(guest.error !== undefined && { error: expect.stringContaining(guest.error) as string }),
          })),
        }),
      };
      expect(summaryOf(join(folder, file), operation)).toMatchObject(wanted);
      expect(summaryOf(join(folder, file), null)).toMatchObject(wanted);
    });
  }
});

describe("guessKind", () => {
  it("names nothing it does not know", () => {
    expect(guessKind([])).toBe("other");
    expect(guessKind(["hello", "TASK OK"])).toBe("other");
  });

  it("tells a restored container from one made of a template", () => {
    expect(guessKind(["extracting archive '/srv/dump/vzdump-lxc-5-2026_01_01-00_00_00.tar.zst'"])).toBe(
      "vzrestore",
    );
    expect(guessKind(["extracting archive '/srv/template/cache/debian.tar.zst'"])).toBe("vzcreate");
  });
});

describe("exitOfLastLine", () => {
  it("reads the three endings, stamped or not", () => {
    expect(exitOfLastLine("TASK OK")).toBe("OK");
    expect(exitOfLastLine("2026-01-01T00:00:00+01:00: TASK WARNINGS: 3")).toBe("WARNINGS: 3");
    expect(exitOfLastLine("TASK ERROR: job errors")).toBe("job errors");
    expect(exitOfLastLine("TASK unknown")).toBe("unknown");
  });

  it("takes nothing else for an end", () => {
    expect(exitOfLastLine("TASK OKAY")).toBeNull();
    expect(exitOfLastLine("INFO: Backup job finished successfully")).toBeNull();
    expect(exitOfLastLine("echo TASK OK")).toBeNull();
  });
});

describe("summarise", () => {
  it("notes what a log lacks", () => {
    const read = (...lines: readonly string[]): string | null => {
      const reader = createTaskReader("vzdump");
      for (const line of lines) reader.push(line);
      const exit = exitOfLastLine(lines.at(-1) ?? "");
      if (exit !== null) reader.end(exit);
      return summarise("vzdump", reader.read()).note;
    };
    expect(read("INFO: Backup job finished successfully", "TASK OK")).toBeNull();
    expect(read("INFO: Backup job finished successfully")).toMatch(/^no line TASK/u);
    expect(read("no content")).toBe("the task wrote nothing");
    expect(read("unable to open file - No such file or directory")).toMatch(/no log of this task/u);
  });

  it("calls failed and aborted guests error and keeps them apart in outcome", () => {
    const reader = createTaskReader("vzdump");
    reader.push("ERROR: Backup of VM 5 failed - unable to find VM '5'");
    reader.push("INFO: Starting Backup of VM 6 (qemu)");
    reader.push("ERROR: Backup of VM 6 failed - interrupted by signal");
    const { guests } = summarise("vzdump", reader.read());
    expect(guests).toMatchObject([
      { vmid: 5, type: null, status: "error", outcome: "failed", error: "unable to find VM '5'" },
      { vmid: 6, type: "qemu", status: "error", outcome: "aborted" },
    ]);
  });

  it("keeps guests that live on other nodes out of the list", () => {
    const reader = createTaskReader("vzdump");
    reader.push("INFO: starting new backup job: vzdump 1 2 3");
    reader.push("INFO: skip external VMs: 2, 3");
    reader.push("INFO: Starting Backup of VM 1 (lxc)");
    expect(summarise("vzdump", reader.read()).guests).toHaveLength(1);
    expect(reader.read().guests.map((guest) => guest.status)).toEqual(["skipped", "skipped", "running"]);
    expect(reader.read().guestsExpected).toBe(1);
  });
});

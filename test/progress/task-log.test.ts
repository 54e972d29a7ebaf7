import { execFile } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, it } from "vitest";

import { fixtureFolder } from "./reference.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../../electron/progress/task-log.ts", import.meta.url));
const fixture = (name: string): string => join(fixtureFolder, `${name}.log`);

it("prints one JSON object about a saved log", async () => {
  const { stdout } = await run(execPath, [script, fixture("vzdump-three-guests-one-lost")]);
  expect(JSON.parse(stdout)).toMatchObject({
    operation: "vzdump",
    finalStatus: "job errors",
    percentMax: 100,
    durationSeconds: 60,
    warnings: [],
    guests: [
      { vmid: 51, type: "lxc", status: "ok", durationSeconds: 31, archiveSizeText: "402MB" },
      { vmid: 52, type: "qemu", status: "error", error: "job failed with err -5 - Input/output error" },
      { vmid: 53, type: "qemu", status: "ok" },
    ],
  });
});

it("takes the kind from the command line, before or after the file", async () => {
  const after = await run(execPath, [script, fixture("pbs-gc"), "--operation", "pbs-garbage_collection"]);
  const before = await run(execPath, [script, "--operation", "pbs-garbage_collection", fixture("pbs-gc")]);
  expect(JSON.parse(after.stdout)).toMatchObject({
    operation: "pbs-garbage_collection",
    finalStatus: "WARNINGS: 1",
    warnings: [expect.stringContaining("non-existent chunk")],
  });
  expect(before.stdout).toBe(after.stdout);
});

it("fails with a word about a file that is not there or no file at all", async () => {
  await expect(run(execPath, [script, "/nonexistent.log"])).rejects.toMatchObject({ code: 1 });
  await expect(run(execPath, [script])).rejects.toMatchObject({ code: 2 });
  await expect(run(execPath, [script, "x", "--operation"])).rejects.toMatchObject({ code: 2 });
});

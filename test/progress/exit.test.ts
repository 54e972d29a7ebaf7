import { describe, expect, it } from "vitest";

import { classifyExit, saysAborted } from "../../electron/progress/exit.ts";

describe("classifyExit", () => {
  it.each([
    ["OK", { status: "ok", text: "OK" }],
    ["WARNINGS: 3", { status: "warnings", text: "WARNINGS: 3", warnings: 3 }],
    ["", { status: "unknown", text: "" }],
    [null, { status: "unknown", text: "" }],
    [undefined, { status: "unknown", text: "" }],
    ["unexpected status", { status: "unknown", text: "unexpected status" }],
    ["unknown", { status: "unknown", text: "unknown" }],
    ["job errors", { status: "failed", text: "job errors" }],
    ["interrupted by signal", { status: "aborted", text: "interrupted by signal" }],
    ["received interrupt", { status: "aborted", text: "received interrupt" }],
    ["abort requested - aborting task", { status: "aborted", text: "abort requested - aborting task" }],
    ["task aborted", { status: "aborted", text: "task aborted" }],
    ["sync aborted", { status: "aborted", text: "sync aborted" }],
    ["migration aborted", { status: "failed", text: "migration aborted" }],
    ["job errors\n", { status: "failed", text: "job errors" }],
  ])("%j", (text, final) => {
    expect(classifyExit(text)).toEqual(final);
  });

  it("takes nothing that only resembles success for success", () => {
    for (const text of [
      "ok",
      "OK.",
      "OKAY",
      "TASK OK",
      "WARNINGS: ",
      "WARNINGS: x",
      "WARNINGS: 1 more",
      "warnings: 1",
      "WARNINGS:1",
    ])
      expect(classifyExit(text).status).toBe("failed");
  });

  it("keeps a number of warnings beyond counting finite", () => {
    expect(classifyExit(`WARNINGS: ${"9".repeat(400)}`)).toMatchObject({ warnings: Number.MAX_SAFE_INTEGER });
  });
});

describe("saysAborted", () => {
  it("tells a stop from a broken connection", () => {
    expect(saysAborted("command 'tar cpf -' failed: interrupted by signal")).toBe(true);
    expect(saysAborted("Software caused connection abort")).toBe(false);
    expect(saysAborted("connection aborted")).toBe(false);
  });
});

import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createStore } from "zustand/vanilla";

import { backupFieldNames } from "../../renderer/features/backups/backup-draft.ts";
import { refusalAtFields } from "../../renderer/features/clusters/connect-form.ts";
import { whenAnswered } from "../../renderer/features/jobs/when-answered.ts";
import { restoreFieldNames } from "../../renderer/features/restore/restore-draft.ts";
import { emptyLiveSet, takeSnapshot } from "../../renderer/stores/live-set.ts";
import { ErrorPanel } from "../../renderer/ui/error-panel.tsx";
import { fieldErrors } from "../../renderer/ui/field-errors.ts";
import { AppError } from "../../shared/errors.ts";
import { aJob } from "./samples.ts";

import type { ErrorData } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";

const refusal: ErrorData = {
  code: "server.badRequest",
  params: {},
  status: 400,
  server: "Parameter verification failed.",
  fields: { "notes-template": "found unknown: variable 'x'", bwlimit: "too \u202Elow" },
};

describe("what a server says about single values", () => {
  test("stands at the field of the form, under the form's name for it", () => {
    const { at, rest } = fieldErrors(refusal, backupFieldNames);
    expect(at).toEqual({ note: "found unknown: variable 'x'" });
    expect(rest?.fields).toEqual({ bwlimit: "too \u202Elow" });
  });

  test("stands in the error panel where the form has no such field, safe to show and as text", () => {
    const fields = { bwlimit: "too \u202Elow <b>now</b>" };
    const html = renderToStaticMarkup(createElement(ErrorPanel, { error: { ...refusal, fields } }));
    expect(html).toContain("bwlimit");
    expect(html).toContain("too ⟪U+202E⟫low &lt;b&gt;now&lt;/b&gt;");
  });

  test("is said in our words where it was refused before anything was sent: its own are codes", () => {
    const own = { code: "input.invalid", params: {}, fields: { name: "invalid_format" } } as const;
    expect(fieldErrors(own, restoreFieldNames).at).toEqual({ name: "This value does not fit." });
    const old = { code: "server.unsupported", params: {}, fields: { protected: "version" } } as const;
    expect(fieldErrors(old, backupFieldNames).at.protect).toContain("version");
  });

  test("has no field by a name that every object has", () => {
    const fields = { constructor: "x", toString: "y", __proto__: "z" };
    expect(fieldErrors({ ...refusal, fields }, backupFieldNames).at).toEqual({});
  });

  test("at a login stands at user and password", () => {
    const fields = {
      username: "value does not look like a valid user name",
      password: "too long",
      otp: "no",
    };
    const { at, rest } = refusalAtFields(new AppError("server.badRequest", { status: 400, fields }));
    expect(at).toEqual({ user: fields.username, secret: fields.password });
    expect(rest?.fields).toEqual({ otp: "no" });
  });

  test("of a restore stands at the new guest's own fields: to the server the target is just the storage", () => {
    const fields = { vmid: "a", storage: "b", hostname: "c", archive: "d" };
    const { at, rest } = fieldErrors({ ...refusal, fields }, restoreFieldNames);
    expect(at).toEqual({ vmid: "a", target: "b", name: "c" });
    expect(rest?.fields).toEqual({ archive: "d" });
  });
});

const { id } = aJob();

describe("the answer to a launch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const storeOf = (...jobs: readonly Job[]) =>
    createStore(() => takeSnapshot({ revision: 1, items: jobs }, (job) => job.id));

  test("is waited for through accepted and dispatching", async () => {
    const store = createStore(() => emptyLiveSet<Job>());
    const waiting = whenAnswered(store, id);
    const tell = (state: Job["state"], revision: number) =>
      store.setState(takeSnapshot({ revision, items: [aJob({ state })] }, (job) => job.id));
    tell("accepted", 1);
    tell("dispatching", 2);
    tell("rejected", 3);
    tell("running", 4);
    expect((await waiting)?.state).toBe("rejected");
  });

  test("is known at once where it is there already", async () => {
    const job = aJob({ state: "running" });
    expect(await whenAnswered(storeOf(job), id)).toBe(job);
  });

  test("that does not come is not waited for without end", async () => {
    const waiting = whenAnswered(storeOf(aJob({ state: "dispatching" })), id);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await waiting).toBeNull();
  });
});

import { expect, test } from "vitest";

import { createApi } from "../../renderer/api.ts";

import type { Bridge } from "../../shared/bridge.ts";
import type { Result } from "../../shared/errors.ts";

function buildApi(answer: (id: string) => Promise<Result>) {
  const ids: string[] = [];
  const cancelled: string[] = [];
  const bridge: Bridge = {
    call(_operation, _input, id) {
      ids.push(id);
      return answer(id);
    },
    cancel: (id) => void cancelled.push(id),
    subscribe: () => () => undefined,
    stream: () => ({ write: () => Promise.resolve(), end: () => undefined }),
  };
  return { api: createApi(bridge, { state: () => "open", onChange: () => () => undefined }), ids, cancelled };
}

const never = () => new AbortController().signal;

test("a refusal becomes an error again, with all that came with it", async () => {
  const error = {
    code: "server.forbidden",
    params: { privilege: "VM.Backup", path: "/vms/101" },
    server: "Permission check failed",
    status: 403,
    fields: { vmid: "no" },
    trace: "T1",
  } as const;
  const { api } = buildApi(() => Promise.resolve({ ok: false, error }));
  const { code, ...details } = error;
  await expect(api.call("vault.lock", undefined, never())).rejects.toMatchObject({ code, details });
});

test("two calls of one operation have ids of their own", async () => {
  const { api, ids } = buildApi(() => Promise.resolve({ ok: true, value: undefined }));
  await Promise.all([api.call("vault.lock", undefined, never()), api.call("vault.lock", undefined, never())]);
  expect(new Set(ids).size).toBe(2);
});

test("giving a call up cancels exactly that call", async () => {
  const ends = new Map<string, (result: Result) => void>();
  const { api, ids, cancelled } = buildApi((id) => new Promise((resolve) => ends.set(id, resolve)));
  const first = new AbortController();
  const one = api.call("vault.lock", undefined, first.signal);
  const two = api.call("vault.lock", undefined, never());
  first.abort();
  expect(cancelled).toEqual([ids[0]]);
  ends.get(ids[0] ?? "")?.({ ok: false, error: { code: "cancelled", params: {} } });
  ends.get(ids[1] ?? "")?.({ ok: true, value: { state: "locked" } });
  await expect(one).rejects.toMatchObject({ code: "cancelled" });
  await expect(two).resolves.toEqual({ state: "locked" });
});

test("a call that was given up beforehand is never sent", async () => {
  const { api, ids } = buildApi(() => Promise.resolve({ ok: true, value: undefined }));
  await expect(api.call("vault.lock", undefined, AbortSignal.abort())).rejects.toMatchObject({
    code: "cancelled",
  });
  expect(ids).toEqual([]);
});

test("a call that has ended cannot be cancelled any more", async () => {
  const { api, cancelled } = buildApi(() => Promise.resolve({ ok: true, value: undefined }));
  const controller = new AbortController();
  await api.call("vault.lock", undefined, controller.signal);
  controller.abort();
  expect(cancelled).toEqual([]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";

import { createApi } from "../../renderer/api.ts";
import { createSettingsStore } from "../../renderer/stores/settings.ts";
import { readView } from "../../renderer/stores/view-state.ts";
import { settingsSchema, type Settings } from "../../shared/settings.ts";

import type { Bridge } from "../../shared/bridge.ts";
import type { Result } from "../../shared/errors.ts";

/** A main process that keeps settings; `refuse` makes the next writing fail. */
function buildHouse() {
  let kept: Settings = settingsSchema.parse({});
  let refuse = false;
  const written: unknown[] = [];
  const listeners = new Set<(payload: unknown) => void>();
  const bridge: Bridge = {
    call(_operation, input): Promise<Result> {
      written.push(input);
      if (refuse) return Promise.resolve({ ok: false, error: { code: "store.failed", params: {} } });
      kept = { ...kept, ...(input as Partial<Settings>) };
      return Promise.resolve({ ok: true, value: kept });
    },
    cancel: () => undefined,
    subscribe(_event, _key, listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stream: () => ({ write: () => Promise.resolve(), end: () => undefined }),
  };
  const api = createApi(bridge, { state: () => "open", onChange: () => () => undefined });
  const settings = createSettingsStore(api, kept);
  return {
    settings,
    written,
    now: () => settings.store.getState(),
    refuseNext: () => {
      refuse = true;
    },
    tell: (payload: Settings) => listeners.forEach((listener) => listener(payload)),
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a setting shows at once and is kept", async () => {
  const house = buildHouse();
  house.settings.set({ theme: "dark" });
  expect(house.now().theme).toBe("dark");
  await vi.advanceTimersByTimeAsync(0);
  expect([house.written, house.now().theme]).toEqual([[{ theme: "dark" }], "dark"]);
});

test("a setting that could not be kept is taken back", async () => {
  const house = buildHouse();
  house.refuseNext();
  house.settings.set({ theme: "dark" });
  await vi.advanceTimersByTimeAsync(0);
  expect(house.now().theme).toBe("system");
});

test("what a view leaves behind is written once for many changes", async () => {
  const house = buildHouse();
  for (const text of ["w", "we", "web"]) house.settings.setView("guests", text);
  house.settings.setView("history", "failed");
  expect(house.now().views).toEqual({ guests: "web", history: "failed" });
  expect(house.written).toEqual([]);
  await vi.advanceTimersByTimeAsync(400);
  expect(house.written).toEqual([{ views: { guests: "web", history: "failed" } }]);
});

test("what another window sets arrives, without undoing what is being typed here", () => {
  const house = buildHouse();
  house.settings.setView("guests", "web");
  house.tell({ ...settingsSchema.parse({}), theme: "light", views: { guests: "older", jobs: "theirs" } });
  expect([house.now().theme, house.now().views]).toEqual(["light", { guests: "web", jobs: "theirs" }]);
});

test("a view starts as new when what it left behind does not fit any more", () => {
  const schema = z.object({ sort: z.string().default("name"), width: z.number().default(420) });
  expect(readView(schema, '{"sort":"size","gone":1}')).toEqual({ sort: "size", width: 420 });
  expect(readView(schema, '{"width":"wide"}')).toEqual({ sort: "name", width: 420 });
  expect(readView(schema, "{not json")).toEqual({ sort: "name", width: 420 });
  expect(readView(schema, undefined)).toEqual({ sort: "name", width: 420 });
});

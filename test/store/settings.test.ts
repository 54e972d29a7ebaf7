import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openSettings } from "../../electron/store/settings.ts";
import { settingsSchema } from "../../shared/settings.ts";

let directory = "";
const path = (): string => join(directory, "settings.json");
const now = (): number => 5_000;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pxm-settings-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test("an empty folder gives the defaults", () => {
  expect(openSettings(directory, now).get()).toEqual(settingsSchema.parse({}));
});

test("what was set is there after a restart, in a file of the user's own", async () => {
  openSettings(directory, now).set({ theme: "dark", views: { guests: "a" } });
  const again = openSettings(directory, now);
  again.set({ views: { backups: "b" } });
  expect(openSettings(directory, now).get()).toEqual({
    ...settingsSchema.parse({}),
    theme: "dark",
    views: { guests: "a", backups: "b" },
  });
  expect((await stat(path())).mode & 0o777).toBe(0o600);
  expect((await stat(`${path()}.bak`)).mode & 0o777).toBe(0o600);
});

test("a truncated file is set aside and the last good copy taken", async () => {
  openSettings(directory, now).set({ theme: "dark" });
  await writeFile(path(), (await readFile(path(), "utf8")).slice(0, 12));
  expect(openSettings(directory, now).get().theme).toBe("dark");
  expect((await readdir(directory)).toSorted()).toContain("settings.json.damaged-5000");
});

test("with both files broken the app starts with the defaults and keeps both", async () => {
  openSettings(directory, now).set({ theme: "dark" });
  await writeFile(path(), "{");
  await writeFile(`${path()}.bak`, "{");
  expect(openSettings(directory, now).get().theme).toBe("system");
  const kept = (await readdir(directory)).filter((name) => name.includes("damaged"));
  expect(kept).toHaveLength(2);
});

test("one wrong field falls back alone", async () => {
  await writeFile(path(), JSON.stringify({ theme: "neon", density: "comfortable" }));
  const settings = openSettings(directory, now).get();
  expect([settings.theme, settings.density]).toEqual(["system", "comfortable"]);
});

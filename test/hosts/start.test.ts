import { mkdir, mkdtemp, readFile, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { isStale } from "../../electron/build.ts";
import { electronBinary } from "../../electron/start.ts";
import { hasDisplay } from "../../electron/web/browser.ts";
import { importsOf } from "../source-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function reachableFrom(entry: string): Promise<{ files: Set<string>; packages: Set<string> }> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [join(root, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file) || !file.endsWith(".ts")) continue;
    files.add(file);
    for (const { from, isType } of importsOf(file, await readFile(file, "utf8"))) {
      if (isType) continue;
      if (from.startsWith(".")) open.push(resolve(dirname(file), from));
      else packages.add(from);
    }
  }
  return { files, packages };
}

test("neither start nor the loopback host ever imports electron", async () => {
  for (const entry of ["electron/start.ts", "electron/serve.ts", "electron/dev.ts"]) {
    const { files, packages } = await reachableFrom(entry);
    expect(files.size).toBeGreaterThan(3);
    expect([...packages].filter((name) => /^electron(?:\/|$)|^electron-/u.test(name))).toEqual([]);
  }
  expect([...(await reachableFrom("electron/main.ts")).packages]).toContain("electron");
});

test("Electron is chosen only where its fetched program really is", async () => {
  const directory = await mkdtemp(join(tmpdir(), "pxm-start-"));
  const folder = join(directory, "node_modules/electron");
  expect(electronBinary(directory)).toBeNull();
  await mkdir(join(folder, "dist"), { recursive: true });
  expect(electronBinary(directory)).toBeNull();
  await writeFile(join(folder, "path.txt"), "electron");
  expect(electronBinary(directory)).toBeNull();
  await writeFile(join(folder, "dist/electron"), "");
  expect(electronBinary(directory)).toBe(join(folder, "dist/electron"));
});

test("a browser is opened only where there is a display", () => {
  expect(hasDisplay("linux", {})).toBe(false);
  expect(hasDisplay("linux", { DISPLAY: "" })).toBe(false);
  expect(hasDisplay("linux", { DISPLAY: ":0" })).toBe(true);
  expect(hasDisplay("linux", { WAYLAND_DISPLAY: "wayland-0" })).toBe(true);
  expect(hasDisplay("darwin", {})).toBe(true);
  expect(hasDisplay("win32", {})).toBe(true);
});

test("the app is built anew when anything it is made of is younger than the build", async () => {
  const directory = await mkdtemp(join(tmpdir(), "pxm-stale-"));
  const files = [
    ...[
      "electron/a.ts",
      "renderer/deep/b.tsx",
      "shared/c.ts",
      "simulator/d.ts",
      "package.json",
      "package-lock.json",
    ],
    ...["dist/electron/serve.js", "dist/electron/preload.cjs", "dist/renderer/files.json"],
  ];
  const set = (file: string, seconds: number) => utimes(join(directory, file), seconds, seconds);
  for (const file of files.slice(0, 6)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), "");
    await set(file, 1000);
  }
  expect(isStale(directory)).toBe(true);
  for (const file of files.slice(6)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), "");
    await set(file, 2000);
  }
  expect(isStale(directory)).toBe(false);
  for (const file of files.slice(0, 6)) {
    await set(file, 3000);
    expect(isStale(directory), file).toBe(true);
    await set(file, 1000);
  }
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
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
  const sources = [
    "electron/a.ts",
    "renderer/deep/b.tsx",
    "shared/c.ts",
    "simulator/d.ts",
    "package.json",
    "package-lock.json",
  ];
  const results = ["dist/electron/serve.js", "dist/electron/preload.cjs", "dist/renderer/files.json"];
  const set = (file: string, seconds: number) => utimes(join(directory, file), seconds, seconds);
  for (const file of sources) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), "");
    await set(file, 1000);
  }
  expect(isStale(directory)).toBe(true);
  for (const file of results) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), "");
    await set(file, 2000);
  }
  expect(isStale(directory)).toBe(false);
  for (const file of sources) {
    await set(file, 3000);
    expect(isStale(directory), file).toBe(true);
    await set(file, 1000);
  }
});

/** Runs `node electron/start.ts` without a display until it has printed an address. */
async function startApp(): Promise<{
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  readonly address: string;
}> {
  const data = join(await mkdtemp(join(tmpdir(), "pxm-run-")), "data");
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...environment } = process.env;
  const child = spawn(process.execPath, [join(root, "electron/start.ts")], {
    env: { ...environment, PROXMOXER_DATA_DIR: data },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    const address = /^Proxmoxer: (http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43})$/u.exec(line)?.[1];
    if (address !== undefined) return { child, lines, address };
  }
  throw new Error(`it ended: ${lines.join("\n")}`);
}

test("without Electron's binary npm start prints one address, names npm run desktop, and ends in order", async () => {
  if (electronBinary(root) !== null) return;
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const { child, lines, address } = await startApp();
    expect(lines.filter((line) => line.startsWith("Proxmoxer: "))).toHaveLength(1);
    expect(lines.join("\n")).toContain("npm run desktop");
    const page = await fetch(address);
    expect([page.status, (await page.text()).includes("<title>Proxmoxer</title>")]).toEqual([200, true]);
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number];
    expect(code, signal).toBe(0);
    await expect(fetch(address)).rejects.toThrow();
  }
}, 90_000);

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { beforeAll, expect, test } from "vitest";
import { build } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";

interface Report {
  readonly calls: readonly (readonly unknown[])[];
  readonly windows: number;
  readonly [key: string]: unknown;
}

beforeAll(async () => {
  // Built anew beside a page of its own, so that nothing stale is tested.
  const directory = await mkdtemp(join(tmpdir(), "pxm-boot-"));
  folder = join(directory, "dist/electron");
  const configFile = join(root, "electron/vite.config.ts");
  const given = { configFile, logLevel: "error" as const, build: { outDir: folder } };
  await build(given);
  await build({ ...given, mode: "preload" });
  await cp(join(root, "test/fakes/page"), join(directory, "dist/renderer"), { recursive: true });
}, 60_000);

async function boot(environment: NodeJS.ProcessEnv = {}): Promise<{ report: Report; data: string }> {
  const data = join(await mkdtemp(join(tmpdir(), "pxm-data-")), "data");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", join(root, "test/fakes/hook.ts"), join(root, "test/fakes/boot-electron.ts"), folder, data],
    { env: { ...process.env, ...environment }, timeout: 30_000, maxBuffer: 32 * 1024 * 1024 },
  );
  return { report: JSON.parse(stdout) as Report, data };
}

test("the built bundle boots: window, page, bridge, event, refusals and an orderly end", async () => {
  const { report, data } = await boot();
  expect(report).toMatchObject({
    keys: { bridge: ["call", "cancel", "stream", "subscribe"] },
    info: { ok: true, value: { host: "electron", dataDirectory: data } },
    answersToForeignFrames: 0,
    navigationPrevented: true,
    windowOpen: { action: "deny" },
    permission: false,
    page: { status: 200, text: expect.stringContaining("stand-in") as string },
    outside: 404,
    session: { name: "app", options: { cache: false } },
    theme: "dark",
    kept: { x: 10, y: 20, width: 1300, height: 800, maximized: false },
    waitedForClose: true,
    windows: 1,
  });
  expect((report["page"] as { policy: string }).policy).toContain("default-src 'none'; script-src 'self'");
});

test("the window's options are exactly the safe ones", async () => {
  const { report } = await boot();
  const { webPreferences } = report["windowOptions"] as { webPreferences: Record<string, unknown> };
  const { session: _session, preload, ...rest } = webPreferences;
  expect(preload).toBe(join(folder, "preload.cjs"));
  expect(rest).toEqual({
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    contextIsolation: true,
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    spellcheck: false,
    safeDialogs: true,
    navigateOnDragDrop: false,
    devTools: false,
  });
});

test("sandbox, scheme and single instance come before readiness, and nothing is uploaded or registered", async () => {
  const { report } = await boot();
  const names = report.calls.map(([name]) => name);
  const ready = names.indexOf("app.whenReady");
  for (const early of [
    "app.enableSandbox",
    "protocol.registerSchemesAsPrivileged",
    "app.requestSingleInstanceLock",
  ]) {
    expect(names.indexOf(early), early).toBeGreaterThanOrEqual(0);
    expect(names.indexOf(early), early).toBeLessThan(ready);
  }
  expect(names).not.toContain("dialog.showErrorBox");
});

test("a second instance ends without touching the store", async () => {
  const { report, data } = await boot({ SECOND_INSTANCE: "1" });
  expect(report.calls.map(([name]) => name)).toContain("app.quit");
  expect(report.windows).toBe(0);
  expect(existsSync(data)).toBe(false);
});

test("the preload script is one file that needs nothing but electron", async () => {
  const code = await readFile(join(folder, "preload.cjs"), "utf8");
  const required = [...code.matchAll(/require\(\s*["']([^"']+)["']\s*\)/gu)].map((match) => match[1]);
  expect(new Set(required)).toEqual(new Set(["electron"]));
  expect(code).not.toMatch(/\bimport\s*\(/u);
});

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);

/** The packager's own reader and schema; an internal path, so its version is pinned. */
interface ConfigModule {
  getConfig(directory: string, path: string | null, given: object | null): Promise<Record<string, unknown>>;
  validateConfiguration(config: object, logger: object): Promise<void>;
}
const config = require("app-builder-lib/out/util/config/config.js") as ConfigModule;
const { DebugLogger } = require("builder-util") as { DebugLogger: new (isEnabled: boolean) => object };

function read(): Promise<Record<string, unknown>> {
  return config.getConfig(root, null, null);
}

test("electron-builder.yml is valid in the packager's own eyes, and a wrong key would be seen", async () => {
  const read1 = await read();
  await config.validateConfiguration(read1, new DebugLogger(false));
  await expect(
    config.validateConfiguration({ ...read1, asarr: true }, new DebugLogger(false)),
  ).rejects.toThrow("asarr");
});

test("every fuse that the packager knows is stated, and stated safe", async () => {
  const { FuseV1Options } = require("@electron/fuses") as { FuseV1Options: Record<string, unknown> };
  const known = Object.keys(FuseV1Options).filter((name) => !/^\d+$/u.test(name));
  const { electronFuses } = (await read()) as { electronFuses: Record<string, boolean> };
  const stated = Object.keys(electronFuses).map((name) => name[0]?.toUpperCase() + name.slice(1));
  expect(stated.sort()).toEqual(known.sort());
  expect(electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
});

test("what ships is the built app, its licence and notices, in an archive and without node_modules", async () => {
  const { files, extraFiles, asar } = await read();
  expect(asar).toBe(true);
  expect(JSON.stringify(files)).toContain("!node_modules/**");
  expect(JSON.stringify(extraFiles)).toMatch(/LICENSE.*NOTICE/u);
});

test("the pinned Electron is above the floor of known holes, and exactly pinned", async () => {
  const { devDependencies } = JSON.parse(await readFile(`${root}/package.json`, "utf8")) as {
    devDependencies: Record<string, string>;
  };
  const [major = 0, minor = 0, patch = 0] = (devDependencies["electron"] ?? "").split(".").map(Number);
  expect(major * 1e6 + minor * 1e3 + patch).toBeGreaterThanOrEqual(43_003_000);
  const loose = Object.entries(devDependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/u.test(version));
  expect(loose).toEqual([]);
});

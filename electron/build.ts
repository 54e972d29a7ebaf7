import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "vite";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** What the built app is made of; a change in any of these makes it stale. */
const sources = ["electron", "renderer", "shared", "simulator", "package.json", "package-lock.json"];
/** The last file of each build. */
const results = ["dist/electron/serve.js", "dist/electron/preload.cjs", "dist/renderer/files.json"];

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

/** Is any source younger than the built app? */
export function isStale(directory: string = root): boolean {
  const built = results.map((path) => join(directory, path));
  if (!built.every((path) => existsSync(path))) return true;
  const oldest = Math.min(...built.map((path) => statSync(path).mtimeMs));
  return sources.some((path) => newestIn(join(directory, path)) > oldest);
}

/** Builds dist/renderer and dist/electron: main, serve, worker and simulator, then the preload script. */
export async function buildApp(): Promise<void> {
  const electron = join(root, "electron/vite.config.ts");
  await build({
    root: join(root, "renderer"),
    configFile: join(root, "renderer/vite.config.ts"),
    logLevel: "warn",
  });
  await build({ configFile: electron, logLevel: "warn" });
  await build({ configFile: electron, logLevel: "warn", mode: "preload" });
}

if (import.meta.main) await buildApp();

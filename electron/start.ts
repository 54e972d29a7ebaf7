import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { en } from "../shared/messages/en.ts";
import { buildApp, isStale, root } from "./build.ts";
import { hasDisplay } from "./web/browser.ts";

/**
 * Path of Electron's program where its binary was fetched, else null. Only looked for in the file system: importing `electron` under
 * plain Node would start a download.
 */
export function electronBinary(directory: string): string | null {
  const folder = join(directory, "node_modules/electron");
  if (!existsSync(join(folder, "dist")) || !existsSync(join(folder, "path.txt"))) return null;
  const program = join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8").trim());
  return existsSync(program) ? program : null;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs in our terminal; our signals are its signals and its end is ours. */
function hand(child: ChildProcess): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exit(code ?? 1));
}

function fetchElectron(): void {
  if (electronBinary(root) !== null) return;
  say(en["terminal.fetching"]);
  const done = spawnSync(process.execPath, [join(root, "node_modules/electron/install.js")], {
    stdio: "inherit",
  });
  if (done.status === 0 && electronBinary(root) !== null) return;
  say(en["terminal.fetchFailed"]);
  process.exit(1);
}

/** MB. What a poll reads lives for a moment: a young generation of the usual size would take a hundred MB for it. */
const smallHeap = "--max-semi-space-size=2";

async function start(given: readonly string[]): Promise<void> {
  const wantsDesktop = given.includes("--desktop");
  const rest = given.filter((argument) => argument !== "--desktop");
  if (wantsDesktop) fetchElectron();
  if (isStale()) {
    say(en["terminal.building"]);
    await buildApp();
  }
  const canShow = hasDisplay(process.platform, process.env);
  const electron = electronBinary(root);
  if (electron !== null && (canShow || wantsDesktop)) {
    hand(spawn(electron, [root, ...rest], { stdio: "inherit" }));
    return;
  }
  if (electron === null) say(en["terminal.noElectron"]);
  const open = canShow ? ["--open"] : [];
  hand(
    spawn(process.execPath, [smallHeap, join(root, "dist/electron/serve.js"), ...open, ...rest], {
      stdio: "inherit",
    }),
  );
}

if (import.meta.main) await start(process.argv.slice(2));

import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { tokenLifeMs } from "./sessions.ts";

/** Is there a screen on which a browser could open? On Linux only a display says so. */
export function hasDisplay(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): boolean {
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(environment["DISPLAY"]) || Boolean(environment["WAYLAND_DISPLAY"]);
}

function openerOf(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === "darwin") return ["open"];
  return platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
}

/**
 * Opens the system's browser at an address with a one-time token. The arguments of a process are readable for every user of the
 * machine, so the browser is given a page of the data directory, readable by this user only, which leads on to the address.
 * Resolves to false where nothing could be started.
 */
export async function openBrowser(address: string, directory: string): Promise<boolean> {
  const page = join(directory, "open.html");
  const target = JSON.stringify(address).replaceAll("<", String.raw`\u003c`);
  await rm(page, { force: true });
  await writeFile(
    page,
    `<!doctype html><meta charset="utf-8"><title>Proxmoxer</title><script>location.replace(${target})</script>\n`,
    { mode: 0o600 },
  );
  setTimeout(() => void rm(page, { force: true }), tokenLifeMs).unref();
  const [command, ...first] = openerOf(process.platform);
  return new Promise((resolve) => {
    const child = spawn(command, [...first, pathToFileURL(page).href], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}

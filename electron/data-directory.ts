import { homedir } from "node:os";
import { join } from "node:path";

/** Where both hosts keep their data: the platform's place for an application's own files. */
export function dataDirectory(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  const given = environment["PROXMOXER_DATA_DIR"];
  if (given !== undefined && given !== "") return given;
  if (platform === "darwin") return join(home, "Library", "Application Support", "Proxmoxer");
  if (platform === "win32")
    return join(environment["APPDATA"] ?? join(home, "AppData", "Roaming"), "Proxmoxer");
  return join(environment["XDG_DATA_HOME"] ?? join(home, ".local", "share"), "proxmoxer");
}

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Where Debian and Ubuntu put it; the path that the end-to-end tests use. */
export const chromiumPath = "/usr/bin/chromium";

export interface Chromium {
  readonly ok: boolean;
  /** One sentence for whoever runs the tests. */
  readonly message: string;
}

/** Makes sure that there is a Chromium: installs it through apt where it is missing and we are root, else says what to do. */
export function installChromium(): Chromium {
  if (existsSync(chromiumPath)) return { ok: true, message: `Chromium is there: ${chromiumPath}` };
  const howTo = `Chromium is missing at ${chromiumPath}: install it (Debian, Ubuntu: apt-get install chromium) and run the tests again.`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return { ok: false, message: howTo };
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): boolean =>
    spawnSync("apt-get", args, { env, stdio: "inherit" }).status === 0;
  const install = ["install", "-y", "--no-install-recommends", "chromium"];
  const isDone = apt(...install) || (apt("update") && apt(...install));
  return isDone && existsSync(chromiumPath)
    ? { ok: true, message: `Chromium was installed: ${chromiumPath}` }
    : { ok: false, message: howTo };
}

if (import.meta.main) {
  const { ok, message } = installChromium();
  process.stdout.write(`${message}\n`);
  process.exit(ok ? 0 : 1);
}

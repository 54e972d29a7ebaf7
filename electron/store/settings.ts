import { chmodSync, copyFileSync, existsSync, renameSync } from "node:fs";
import { join } from "node:path";

import Conf from "conf";

import { AppError } from "../../shared/errors.ts";
import { settingsSchema } from "../../shared/settings.ts";

import type { z } from "zod";
import type { Settings, settingsPatchSchema } from "../../shared/settings.ts";

export type SettingsPatch = z.output<typeof settingsPatchSchema>;

export interface SettingsStore {
  get(): Settings;
  /** Keeps the given fields and returns the whole. Throws AppError store.failed, store.full. */
  set(patch: SettingsPatch): Settings;
  setSecrets(secrets: Settings["secrets"]): Settings;
}

const fileMode = 0o600;
const configName = "settings";

/**
 * Opens settings.json in the data directory. A file that is no JSON is set aside and the last good copy taken; one wrong field
 * falls back to its default and leaves the others alone. Nothing is ever wiped.
 */
export function openSettings(directory: string, now: () => number): SettingsStore {
  const path = join(directory, `${configName}.json`);
  const lastGood = `${path}.bak`;
  const conf = openConf(directory, path, lastGood, now());
  let current = readTolerantly(conf.store);
  keepCopy();

  function keepCopy(): void {
    if (!existsSync(path)) return;
    copyFileSync(path, lastGood);
    chmodSync(lastGood, fileMode);
  }

  function write(next: Settings): Settings {
    try {
      conf.store = { ...next };
      keepCopy();
    } catch (error) {
      throw new AppError(isFull(error) ? "store.full" : "store.failed", { cause: error });
    }
    current = next;
    return current;
  }

  return {
    get: () => current,
    set: (patch) =>
      // Views are merged: two windows each keep their own.
      write(settingsSchema.parse({ ...current, ...patch, views: { ...current.views, ...patch.views } })),
    setSecrets: (secrets) => (current.secrets === secrets ? current : write({ ...current, secrets })),
  };
}

function openConf(
  directory: string,
  path: string,
  lastGood: string,
  now: number,
): Conf<Record<string, unknown>> {
  const open = (): Conf<Record<string, unknown>> =>
    new Conf<Record<string, unknown>>({
      cwd: directory,
      configName,
      configFileMode: fileMode,
      clearInvalidConfig: false,
      accessPropertiesByDotNotation: false,
    });
  try {
    return open();
  } catch (error) {
    if (!existsSync(path)) throw new AppError("store.failed", { cause: error });
  }
  renameSync(path, `${path}.damaged-${String(now)}`);
  try {
    if (existsSync(lastGood)) copyFileSync(lastGood, path);
    return open();
  } catch {
    // The copy is no better: begin with the defaults, both files are kept beside.
    if (existsSync(path)) renameSync(path, `${path}.damaged-${String(now)}-copy`);
    return open();
  }
}

function readTolerantly(stored: Readonly<Record<string, unknown>>): Settings {
  const whole = settingsSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const wrong = new Set(whole.error.issues.map((issue) => String(issue.path[0])));
  const rest = Object.fromEntries(Object.entries(stored).filter(([name]) => !wrong.has(name)));
  return settingsSchema.parse(rest);
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

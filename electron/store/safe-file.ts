import { chmod, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

import { AppError } from "../../shared/errors.ts";

/** Nobody but the user: what lies here guards or holds credentials. */
const privateFileMode = 0o600;
const privateDirectoryMode = 0o700;

export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: privateDirectoryMode });
  // mkdir leaves the mode of a folder that was there already, and the umask may have taken bits away.
  if (process.platform !== "win32") await chmod(path, privateDirectoryMode);
}

/** Takes all rights of others off the files of a folder: SQLite makes its own with the umask's. */
export async function makeFilesPrivate(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    try {
      await chmod(join(directory, entry.name), privateFileMode);
    } catch (error) {
      // A journal may be gone between the listing and now.
      if (errorCodeOf(error) !== "ENOENT") throw storeError(error);
    }
  }
}

/**
 * Writes a whole file so that after a crash either the old or the new content is there: temporary file, fsync, rename, fsync of
 * the folder. Mode 0600. Throws AppError store.full, store.failed.
 */
export async function writeFileSafely(path: string, content: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, "w", privateFileMode);
    try {
      await file.chmod(privateFileMode);
      await file.writeFile(content, "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw storeError(error);
  }
}

/** Windows cannot open a folder, and orders a rename by itself. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The text of a file, null where there is none. Throws AppError store.failed where it is there but cannot be read. */
export async function readTextFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return null;
    throw storeError(error);
  }
}

/** Moves a file that cannot be understood out of the way; nothing is deleted. */
export async function setAside(path: string, now: number): Promise<void> {
  try {
    await rename(path, `${path}.damaged-${String(now)}`);
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT") throw storeError(error);
  }
}

function storeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = errorCodeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") return new AppError("store.full", { cause: error });
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return new AppError("store.readOnly", { cause: error });
  }
  return new AppError("store.failed", { cause: error });
}

function errorCodeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

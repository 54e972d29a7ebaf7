import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

/** Written beside the built renderer by renderer/vite.config.ts: path below `/` → media type. */
export const manifestName = "files.json";

const manifestSchema = z.record(
  z.string().regex(/^[\w./-]+$/u),
  z.string().regex(/^[\w.+-]+\/[\w.+-]+(?:; charset=utf-8)?$/u),
);

export interface Asset {
  readonly type: string;
  readonly body: Buffer<ArrayBuffer>;
}

/** The built renderer's files, looked up by the exact path of a request; undefined = there is no such file. */
export type Assets = (path: string) => Promise<Asset | undefined>;

/**
 * Opens a built renderer. Paths are keys of a table that the build wrote, never joined from a request: what is not in the table
 * does not exist, whatever it is spelled like. Throws when the table is missing or damaged.
 */
export async function openAssets(directory: string): Promise<Assets> {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(directory, manifestName), "utf8")));
  const types = new Map(Object.entries(manifest).map(([path, type]) => [`/${path}`, { path, type }]));
  const cache = new Map<string, Promise<Asset>>();

  async function load(file: { readonly path: string; readonly type: string }): Promise<Asset> {
    return { type: file.type, body: await readFile(join(directory, file.path)) };
  }

  return async (path) => {
    const file = types.get(path === "/" ? "/index.html" : path);
    if (file === undefined) return undefined;
    const known = cache.get(file.path) ?? load(file);
    cache.set(file.path, known);
    return known;
  };
}

import type { z } from "zod";

import { AppError } from "../../shared/errors.ts";
import { backupVolidSchema, nodeNameSchema, storageIdSchema, vmidSchema } from "../../shared/ids.ts";
import { parseUpid } from "../../shared/task.ts";
import type { Upid } from "../../shared/task.ts";

const prefix = "/api2/json/";

/** A path below `/api2/json/` with every value encoded; made by `apiPath` alone. */
export type ApiPath = string & { readonly __brand: "ApiPath" };
export type QueryValue = string | number | boolean | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/**
 * apiPath`nodes/${node}/qemu/${vmid}/config`: each value becomes one segment, encoded. Throws where one would not stay one:
 * undici takes whole URLs as a path, and `..` would leave the API.
 */
export function apiPath(parts: TemplateStringsArray, ...values: readonly (string | number)[]): ApiPath {
  const segments = values.map((value) => {
    const text = String(value);
    if (text === "" || /^\.+$/u.test(text)) throw new AppError("input.invalid", { params: { value: text } });
    return encodeURIComponent(text);
  });
  const path = prefix + String.raw({ raw: parts }, ...segments);
  if (!/^\/api2\/json\/[\w%!'()*~.-]+(?:\/[\w%!'()*~.-]+)*$/u.test(path)) {
    throw new AppError("input.invalid", { params: { value: path } });
  }
  return path as ApiPath;
}

/** Form encoding as pveproxy reads it: 0/1 for booleans, absent values left out. */
export function formBody(values: Query): string {
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    form.set(key, typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  }
  return form.toString();
}

function checked<T>(schema: z.ZodType<T>, value: unknown, field: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AppError("input.invalid", { fields: { [field]: "does not fit" }, cause: result.error });
}

/** Proxmox's own grammars, checked before a value may become part of a path. Throw AppError `input.invalid`. */
export const nodeOf = (value: string): string => checked(nodeNameSchema, value, "node");
export const storageOf = (value: string): string => checked(storageIdSchema, value, "storage");
export const vmidOf = (value: number): number => checked(vmidSchema, value, "vmid");
export const volidOf = (value: string): string => checked(backupVolidSchema, value, "volid");

export function upidOf(value: string): Upid {
  const upid = parseUpid(value);
  if (upid === null) throw new AppError("input.invalid", { fields: { upid: "does not fit" } });
  return upid;
}

import { z } from "zod";

import { products } from "../product.ts";
import { flagField, mapOf } from "../schema.ts";
import type { Session } from "../session.ts";

/** Path → privilege → does it reach the paths below. */
export type Permissions = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

/** 1 and 0 of PVE, true and false of a backup server. A wrong shape is refused: "may nothing" is never guessed. */
const privilegesSchema = mapOf.pipe(z.map(z.string(), flagField));
const permissionsSchema: z.ZodType<Permissions> = mapOf.pipe(z.map(z.string(), privilegesSchema));

/** What this account may do, tokens included; empty for one without any privilege. Throws AppError `server.*`. */
export async function readPermissions(
  session: Session,
  input: { readonly path?: string },
  signal: AbortSignal,
): Promise<Permissions> {
  const { value } = await session.read(
    {
      request: products[session.kind].access.permissions,
      values: { path: input.path },
      schema: permissionsSchema,
    },
    signal,
  );
  return value;
}

/** The server lists the paths that have entries of their own; what lies below inherits what propagates. */
export function hasPrivilege(permissions: Permissions, path: string, privilege: string): boolean {
  const exact = permissions.get(path);
  if (exact !== undefined) return exact.has(privilege);
  for (let at = path; at !== "/" && at !== "";) {
    at = at.slice(0, at.lastIndexOf("/")) || "/";
    const above = permissions.get(at);
    if (above !== undefined) return above.get(privilege) === true;
  }
  return false;
}

import { accessRequests } from "../requests/pve/access.ts";
import { mapOf } from "../schema.ts";
import type { Session } from "../session.ts";

/** Path → privilege → does it reach the paths below. */
export type Permissions = ReadonlyMap<string, ReadonlyMap<string, boolean>>;

function privileges(value: unknown): ReadonlyMap<string, boolean> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return new Map(
    entries.map(([privilege, propagates]) => [
      privilege,
      propagates === 1 || propagates === "1" || propagates === true,
    ]),
  );
}

const permissionsSchema = mapOf.transform(
  (paths): Permissions => new Map([...paths].map(([path, value]) => [path, privileges(value)])),
);

/** What this account may do, tokens included; empty for one without any privilege. Throws AppError `server.*`. */
export async function readPermissions(
  session: Session,
  input: { readonly path?: string },
  signal: AbortSignal,
): Promise<Permissions> {
  const { value } = await session.read(
    {
      request: accessRequests.permissions,
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

import { z } from "zod";

import { AppError } from "../../shared/errors.ts";
import { accessRequests as backupServer, isRole } from "./requests/pbs/access.ts";
import { accessRequests as cluster } from "./requests/pve/access.ts";
import { requiredText, rowsOf, wordsField } from "./schema.ts";
import { secretOf } from "./secret.ts";
import type { Secret } from "./secret.ts";
import type { Session, WriteOutcome } from "./session.ts";

/** One entry of the access list: this role for this account on this path and below. */
export interface AclEntry {
  readonly path: string;
  readonly role: string;
  /** `user@realm!token`. */
  readonly tokenId: string;
}

export interface Role {
  readonly name: string;
  readonly privileges: readonly string[];
}

const roleSchema = z
  .object({ roleid: requiredText, privs: wordsField })
  .transform(({ roleid, privs }): Role => ({ name: roleid, privileges: privs }));

/** GET /access/roles (Proxmox VE): needs no privilege. What the Administrator may is all that this version knows. */
export async function listRoles(session: Session, signal: AbortSignal): Promise<readonly Role[]> {
  const { value } = await session.read(
    { request: cluster.roles, values: {}, schema: rowsOf(roleSchema) },
    signal,
  );
  return value.rows;
}

export async function createRole(session: Session, role: Role, signal: AbortSignal): Promise<WriteOutcome> {
  return await session.write(
    { request: cluster.createRole, values: { roleid: role.name, privs: role.privileges } },
    signal,
  );
}

export async function removeRole(session: Session, name: string, signal: AbortSignal): Promise<WriteOutcome> {
  return await session.write({ request: cluster.removeRole, values: { roleid: name } }, signal);
}

/** A backup server gives the whole id beside the name, Proxmox VE the name as `tokenid`. */
const tokenNameSchema = z
  .object({ tokenid: requiredText })
  .transform(({ tokenid }) => tokenid.slice(tokenid.indexOf("!") + 1));

/** Names of the tokens of an account; one's own need no privilege. */
export async function listTokens(
  session: Session,
  userid: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const schema = rowsOf(tokenNameSchema);
  const values = { userid };
  const { value } = await (session.kind === "pve"
    ? session.read({ request: cluster.tokens, values, schema }, signal)
    : session.read({ request: backupServer.tokens, values, schema }, signal));
  return value.rows;
}

export interface NewToken {
  readonly userid: string;
  readonly tokenid: string;
  readonly comment: string;
  /** true: it has only what the access list gives it. A backup server knows nothing else. */
  readonly privsep: boolean;
}

/** The secret stands in the answer alone and cannot be read again: see `tokenSecretOf`. */
export async function createToken(
  session: Session,
  { userid, tokenid, comment, privsep }: NewToken,
  signal: AbortSignal,
): Promise<WriteOutcome> {
  return await (session.kind === "pve"
    ? session.write({ request: cluster.createToken, values: { userid, tokenid, comment, privsep } }, signal)
    : session.write({ request: backupServer.createToken, values: { userid, tokenid, comment } }, signal));
}

const createdSchema = z.object({ value: z.string().min(1) });

/** null where the answer does not carry one. */
export function tokenSecretOf(data: unknown): Secret | null {
  const parsed = createdSchema.safeParse(data);
  return parsed.success ? secretOf(parsed.data.value) : null;
}

export async function removeToken(
  session: Session,
  values: { readonly userid: string; readonly tokenid: string },
  signal: AbortSignal,
): Promise<WriteOutcome> {
  return await (session.kind === "pve"
    ? session.write({ request: cluster.removeToken, values }, signal)
    : session.write({ request: backupServer.removeToken, values }, signal));
}

const entrySchema = z
  .object({ path: requiredText, roleid: requiredText, ugid: requiredText })
  .transform(({ path, roleid, ugid }): AclEntry => ({ path, role: roleid, tokenId: ugid }));

/** The entries that this account may see: its own tokens' always, others' with more rights. */
export async function listAcl(session: Session, signal: AbortSignal): Promise<readonly AclEntry[]> {
  const schema = rowsOf(entrySchema);
  const { value } = await (session.kind === "pve"
    ? session.read({ request: cluster.acl, values: {}, schema }, signal)
    : session.read({ request: backupServer.acl, values: {}, schema }, signal));
  return value.rows;
}

/** Adds an entry, or takes it away; it reaches everything below its path. */
export async function changeAcl(
  session: Session,
  { path, role, tokenId }: AclEntry,
  change: "add" | "remove",
  signal: AbortSignal,
): Promise<WriteOutcome> {
  const remove = change === "remove" ? { delete: true } : {};
  if (session.kind === "pve") {
    const values = { path, roles: [role], tokens: [tokenId], propagate: true, ...remove };
    return await session.write({ request: cluster.changeAcl, values }, signal);
  }
  if (!isRole(role)) throw new AppError("input.invalid", { fields: { role: "does not fit" } });
  const values = { path, role, "auth-id": tokenId, propagate: true, ...remove };
  return await session.write({ request: backupServer.changeAcl, values }, signal);
}

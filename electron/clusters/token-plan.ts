import { createHash } from "node:crypto";

import { AppError } from "../../shared/errors.ts";
import { listRoles, listTokens } from "../proxmox/accounts.ts";
import { hasPrivilege, readPermissions } from "../proxmox/pve/access.ts";
import { backupServerEntries, mayDelete, privilegesFor } from "./token-uses.ts";

import type { TokenPlan, TokenUse } from "../../shared/token.ts";
import type { Role } from "../proxmox/accounts.ts";
import type { Session } from "../proxmox/session.ts";

export interface TokenWish {
  readonly use: TokenUse;
  /** To watch with the backups too, which on Proxmox VE is the right to delete them. */
  readonly withBackups: boolean;
}

type Draft = Omit<TokenPlan, "digest">;

const tokenBase = "proxmoxer";

/** `proxmoxer`, else the first free `proxmoxer-2`, `-3` … */
function freeName(base: string, taken: readonly string[]): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base}-${count}`;
    if (!taken.includes(name)) return name;
  }
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}

/** The role to give: one that is there with just these privileges, else a new one under a free name. */
function roleOf(roles: readonly Role[], { use, withBackups }: TokenWish, privileges: readonly string[]) {
  const word = use === "watch" && withBackups ? "watch-backups" : use;
  const base = `Proxmoxer-${word}`;
  const same = roles.find(({ name, privileges: held }) => name.startsWith(base) && sameSet(held, privileges));
  const taken = roles.map(({ name }) => name);
  return {
    name: same?.name ?? freeName(base, taken),
    privileges: [...privileges],
    exists: same !== undefined,
  };
}

/** To make a role and to give it away, on Proxmox VE: permissions of POST /access/roles and PUT /access/acl. */
const needs = [
  { privilege: "Sys.Modify", path: "/access" },
  { privilege: "Permissions.Modify", path: "/" },
] as const;

async function planOfCluster(
  session: Session,
  wish: TokenWish,
  base: Pick<Draft, "kind" | "use" | "version" | "user" | "tokenName">,
  signal: AbortSignal,
): Promise<Draft> {
  const roles = await listRoles(session, signal);
  const permissions = await readPermissions(session, {}, signal);
  const known = new Set(roles.flatMap(({ privileges }) => privileges));
  const wanted = privilegesFor(wish.use, wish.withBackups);
  const role = roleOf(
    roles,
    wish,
    wanted.filter((privilege) => known.has(privilege)),
  );
  const lacking = needs.find(
    ({ privilege, path }) =>
      !hasPrivilege(permissions, path, privilege) && !(privilege === "Sys.Modify" && role.exists),
  );
  if (lacking !== undefined) {
    const holds = (path: string, privilege: string): boolean => hasPrivilege(permissions, path, privilege);
    const deletes =
      holds("/storage", "Datastore.Allocate") ||
      (holds("/storage", "Datastore.AllocateSpace") && holds("/vms", "VM.Backup"));
    return { ...base, role: null, entries: [], ownRightsFor: lacking, leftOut: [], mayDelete: deletes };
  }
  return {
    ...base,
    role,
    entries: [{ path: "/", role: role.name }],
    ownRightsFor: null,
    leftOut: wanted.filter((privilege) => !known.has(privilege)),
    mayDelete: mayDelete("pve", wish.use, wish.withBackups),
  };
}

/**
 * What making a token would create on the server; sends nothing but reads. Throws AppError `token.fromToken` where the login is
 * by a token itself, and the client's `server.*`.
 */
export async function planToken(session: Session, wish: TokenWish, signal: AbortSignal): Promise<TokenPlan> {
  if (session.login.kind === "token") throw new AppError("token.fromToken");
  const { user } = session.login;
  const { text: version } = await session.version(signal);
  const tokenName = freeName(tokenBase, await listTokens(session, user, signal));
  const base = { kind: session.kind, use: wish.use, version, user, tokenName };
  const draft: Draft =
    session.kind === "pve"
      ? await planOfCluster(session, wish, base, signal)
      : {
          ...base,
          role: null,
          entries: [...backupServerEntries[wish.use]],
          ownRightsFor: null,
          leftOut: [],
          mayDelete: mayDelete("pbs", wish.use, wish.withBackups),
        };
  return { ...draft, digest: createHash("sha256").update(JSON.stringify(draft)).digest("hex") };
}

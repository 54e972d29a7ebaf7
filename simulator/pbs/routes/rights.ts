import { flag, optional, text } from "../../routes/route.ts";
import { PRIVILEGES, ROLES } from "../access/roles.ts";
import { permissionTree } from "../access/rights.ts";
import { AUTHID, BOOLEAN, DIGEST, required, SAFE, STRING, type Parameter } from "../schema.ts";
import { failed } from "../state.ts";
import { checkDigest, digestOf } from "./accounts.ts";
import { answer, may, type Call, type Route } from "./route.ts";

const PATH: Parameter = { ...STRING, pattern: /^\/[^\s:]*$/, min: 1, max: 128 };
const userOf = (authid: string): string => authid.split("!")[0] ?? "";
const isToken = (authid: string): boolean => authid.includes("!");

/** One's own rights, those of one's own tokens, or with Sys.Audit on /access anybody's. */
function permissions(call: Call): object {
  const wanted = optional(call, "auth-id") ?? call.authid;
  const ownToken = isToken(wanted) && userOf(wanted) === call.authid;
  if (wanted !== call.authid && !ownToken && !may(call, "/access", ["Sys.Audit"]))
    throw failed(`not allowed to list permissions of ${wanted}`);
  return permissionTree(call.state.world, wanted, optional(call, "path"));
}

function readAcl(call: Call): readonly object[] {
  const all = may(call, "/access/acl", ["Sys.Audit"]);
  const path = optional(call, "path");
  const fits = (one: string): boolean =>
    path === null ||
    one === path ||
    (!flag(call, "exact") && one.startsWith(path === "/" ? "/" : `${path}/`));
  return call.state.world.acl
    .filter((entry) => fits(entry.path))
    .filter((entry) => all || (isToken(entry.ugid) && userOf(entry.ugid) === call.authid))
    .map((entry) => ({
      path: entry.path,
      propagate: entry.propagate,
      roleid: entry.roleid,
      ugid: entry.ugid,
      ugid_type: "user",
    }));
}

/** Why somebody without Permissions.Modify may not make this entry; null when it is for a token of his own. */
function unprivileged(call: Call, authid: string | null): string | null {
  if (call.params["group"] !== undefined)
    return "Unprivileged users are not allowed to create group ACL item.";
  if (authid === null) return "Unprivileged user needs to provide auth_id to update ACL item.";
  if (isToken(call.authid)) return "Unprivileged API tokens can't set ACL items.";
  if (!isToken(authid)) return "Unprivileged users can only set ACL items for API tokens.";
  if (userOf(authid) !== call.authid)
    return "Unprivileged users can only set ACL items for their own API tokens.";
  return null;
}

const TOP = ["access", "datastore", "remote", "system", "tape"];

function updateAcl(call: Call): null {
  const { world } = call.state;
  const authid = optional(call, "auth-id");
  const path = text(call, "path");
  const roleid = text(call, "role");
  const refusal = may(call, "/access/acl", ["Permissions.Modify"]) ? null : unprivileged(call, authid);
  if (refusal !== null) throw failed(refusal);
  const removes = flag(call, "delete");
  checkDigest(call, world.acl);
  if (authid === null) {
    throw failed(
      call.params["group"] === undefined
        ? "missing 'userid' parameter"
        : "parameter 'group' - groups are currently not supported",
    );
  }
  const exists = isToken(authid)
    ? world.tokens.some((one) => one.tokenid === authid)
    : world.users.some((one) => one.userid === authid);
  if (!removes && !exists) throw failed(isToken(authid) ? "no such API token." : "no such user.");
  const top = path.split("/").find(Boolean);
  if (!removes && top !== undefined && !TOP.includes(top)) throw failed(`invalid acl path '${path}'.`);
  world.acl = world.acl.filter(
    (entry) => !(entry.path === path && entry.ugid === authid && entry.roleid === roleid),
  );
  const type = isToken(authid) ? "token" : "user";
  const propagate = call.params["propagate"] !== false;
  if (!removes) world.acl.push({ path, ugid: authid, type, roleid, propagate });
  call.state.changed();
  return null;
}

/** Realms, roles and rights. */
export const rightRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/access/domains",
    world: true,
    run: (call) =>
      answer(
        call.state.world.realms.map((one) => ({
          realm: one.realm,
          type: one.type,
          ...(one.comment === null ? {} : { comment: one.comment }),
          ...(one.default ? { default: true } : {}),
        })),
      ),
  },
  {
    method: "GET",
    path: "/access/permissions",
    parameters: { "auth-id": AUTHID, path: PATH },
    run: (call) => answer(permissions(call)),
  },
  {
    method: "GET",
    path: "/access/roles",
    run: () =>
      answer(
        Object.entries(ROLES).map(([roleid, own]) => ({
          roleid,
          privs: PRIVILEGES.filter((name) => own.includes(name)),
          comment: roleid.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " "),
        })),
      ),
  },
  {
    method: "GET",
    path: "/access/acl",
    parameters: { path: PATH, exact: BOOLEAN },
    run: (call) => answer(readAcl(call), { digest: digestOf(call.state.world.acl) }),
  },
  {
    method: "PUT",
    path: "/access/acl",
    parameters: {
      path: required(PATH),
      role: { ...required(STRING), enum: Object.keys(ROLES) },
      "auth-id": AUTHID,
      group: SAFE,
      propagate: BOOLEAN,
      delete: BOOLEAN,
      digest: DIGEST,
    },
    run: (call) => answer(updateAcl(call)),
  },
];

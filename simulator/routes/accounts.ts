import { randomUUID } from "node:crypto";
import { ApiError, badParameters, died, forbidden } from "../errors.ts";
import { BOOLEAN, COUNT, splitList, STRING, type Parameter } from "../schema.ts";
import type { User } from "../world.ts";
import { answer, demand, flag, may, optional, text, type Call, type Route } from "./route.ts";

const USERID: Parameter = { ...STRING, required: true };

function checkUserid(userid: string): void {
  if (userid.length < 3) throw died(`user name '${userid}' is too short`);
  if (!/^[^\s:/]+@[a-z][a-z0-9.-]+$/i.test(userid))
    throw died(`value '${userid}' does not look like a valid user name`);
}

function userHere(call: Call): User {
  const userid = text(call, "userid");
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user) throw died(`no such user ('${userid}')`);
  return user;
}

/** One's own account, or somebody else's with User.Modify. */
function demandAccount(call: Call): void {
  if (text(call, "userid") !== call.authid) demand(call, "/access/groups", ["User.Modify"]);
}

const row = (user: User): object => ({
  userid: user.userid,
  "realm-type": user.userid.split("@")[1],
  enable: user.enabled ? 1 : 0,
  expire: 0,
  ...(user.comment === null ? {} : { comment: user.comment }),
});

function createUser(call: Call): null {
  const userid = text(call, "userid");
  checkUserid(userid);
  const realm = userid.split("@")[1] ?? "";
  if (!may(call, `/access/realm/${realm}`, ["Realm.AllocateUser"]))
    throw forbidden(`/access/realm/${realm}`, ["Realm.AllocateUser"]);
  const { users } = call.state.world;
  if (users.some((one) => one.userid === userid))
    throw died(`create user failed: user '${userid}' already exists`);
  users.push({
    userid,
    password: text(call, "password"),
    enabled: call.params["enable"] !== false,
    comment: optional(call, "comment"),
    totpSecret: null,
    recoveryCodes: [],
    lastTotpStep: 0,
  });
  call.state.changed();
  return null;
}

function deleteUser(call: Call): null {
  demand(call, "/access/groups", ["User.Modify"]);
  const { world } = call.state;
  const user = userHere(call);
  world.users.splice(world.users.indexOf(user), 1);
  world.tokens = world.tokens.filter((token) => token.id.split("!")[0] !== user.userid);
  world.acl = world.acl.filter((entry) => entry.ugid.split("!")[0] !== user.userid);
  call.state.changed();
  return null;
}

const tokenId = (call: Call): string => `${text(call, "userid")}!${text(call, "tokenid")}`;

function createToken(call: Call): object {
  demandAccount(call);
  userHere(call);
  const id = tokenId(call);
  const { tokens } = call.state.world;
  if (tokens.some((one) => one.id === id)) throw badParameters({ tokenid: "Token already exists." });
  const token = {
    id,
    secret: randomUUID(),
    privsep: call.params["privsep"] !== false,
    expire: Number(call.params["expire"] ?? 0),
  };
  tokens.push(token);
  call.state.changed();
  const comment = optional(call, "comment");
  return {
    "full-tokenid": id,
    value: token.secret,
    info: {
      privsep: call.params["privsep"] === undefined ? 1 : token.privsep ? "1" : "0",
      ...(comment === null ? {} : { comment }),
    },
  };
}

function deleteToken(call: Call): null {
  demandAccount(call);
  const id = tokenId(call);
  const { world } = call.state;
  if (!world.tokens.some((one) => one.id === id))
    throw died(`no such token '${text(call, "tokenid")}' for user '${text(call, "userid")}'`);
  world.tokens = world.tokens.filter((one) => one.id !== id);
  world.acl = world.acl.filter((entry) => entry.ugid !== id);
  call.state.changed();
  return null;
}

function listTokens(call: Call): readonly object[] {
  demandAccount(call);
  const owner = text(call, "userid");
  return call.state.world.tokens
    .filter((token) => token.id.startsWith(`${owner}!`))
    .map((token) => ({
      tokenid: token.id.split("!")[1],
      privsep: token.privsep ? 1 : 0,
      expire: token.expire,
    }));
}

function updateAcl(call: Call): null {
  const path = text(call, "path");
  demand(call, path, ["Permissions.Modify"]);
  const { world } = call.state;
  const roles = splitList(text(call, "roles"));
  const missing = roles.find((role) => world.roles[role] === undefined);
  if (missing !== undefined) throw died(`update ACL failed: role '${missing}' does not exist`);
  const owners = [
    ...splitList(text(call, "users")).map((ugid) => ({ ugid, type: "user" as const })),
    ...splitList(text(call, "tokens")).map((ugid) => ({ ugid, type: "token" as const })),
  ];
  for (const { ugid, type } of owners) {
    for (const roleid of roles) {
      world.acl = world.acl.filter(
        (entry) => !(entry.path === path && entry.ugid === ugid && entry.roleid === roleid),
      );
      if (!flag(call, "delete"))
        world.acl.push({ path, ugid, type, roleid, propagate: call.params["propagate"] !== false });
    }
  }
  call.state.changed();
  return null;
}

function saveRole(call: Call, isNew: boolean): null {
  const roleid = text(call, "roleid");
  const { roles } = call.state.world;
  if (isNew && roles[roleid] !== undefined) throw died(`create role failed: role '${roleid}' already exists`);
  if (!isNew && roles[roleid] === undefined)
    throw died(`update role failed: role '${roleid}' does not exist`);
  const known = new Set(roles["Administrator"]);
  const privileges = splitList(text(call, "privs"));
  const unknown = privileges.find((privilege) => !known.has(privilege));
  if (unknown !== undefined)
    throw badParameters({ privs: `invalid format - invalid privilege '${unknown}'\n` });
  roles[roleid] = [...privileges];
  call.state.changed();
  return null;
}

function deleteRole(call: Call): null {
  const roleid = text(call, "roleid");
  const { world } = call.state;
  if (world.roles[roleid] === undefined) throw died(`delete role failed: role '${roleid}' does not exist`);
  delete world.roles[roleid];
  world.acl = world.acl.filter((entry) => entry.roleid !== roleid);
  call.state.changed();
  return null;
}

function changePassword(call: Call): null {
  const user = userHere(call);
  demandAccount(call);
  const password = text(call, "password");
  if (password.length < 8) throw badParameters({ password: "value must be at least 8 characters long" });
  if (call.params["confirmation-password"] === undefined) {
    throw badParameters({ "confirmation-password": "password is required to modify user" });
  }
  const caller = call.state.world.users.find((one) => one.userid === call.authid);
  if (caller?.password !== text(call, "confirmation-password"))
    throw new ApiError(401, "authentication failure\n");
  const { users } = call.state.world;
  users[users.indexOf(user)] = { ...user, password };
  call.state.changed();
  return null;
}

const MODIFY = { path: "/access", privileges: ["Sys.Modify"] } as const;
const ROLE = { roleid: USERID, privs: STRING };

/** Users, tokens, roles and the access list, as far as a test suite needs to make its own and clear them away. */
export const accountRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/access/users",
    parameters: { enabled: BOOLEAN, full: BOOLEAN },
    run: (call) => {
      const all = may(call, "/access/groups", ["User.Modify"]) || may(call, "/access/groups", ["Sys.Audit"]);
      return answer(call.state.world.users.filter((user) => all || user.userid === call.authid).map(row));
    },
  },
  {
    method: "POST",
    path: "/access/users",
    parameters: {
      userid: USERID,
      password: STRING,
      comment: STRING,
      enable: BOOLEAN,
      email: STRING,
      expire: COUNT,
    },
    run: (call) => answer(createUser(call)),
  },
  { method: "DELETE", path: "/access/users/{userid}", run: (call) => answer(deleteUser(call)) },
  { method: "GET", path: "/access/users/{userid}/token", run: (call) => answer(listTokens(call)) },
  {
    method: "POST",
    path: "/access/users/{userid}/token/{tokenid}",
    parameters: { privsep: BOOLEAN, comment: STRING, expire: COUNT },
    run: (call) => answer(createToken(call)),
  },
  {
    method: "DELETE",
    path: "/access/users/{userid}/token/{tokenid}",
    run: (call) => answer(deleteToken(call)),
  },
  {
    method: "GET",
    path: "/access/acl",
    run: (call) =>
      answer(
        call.state.world.acl
          .filter((entry) => may(call, entry.path, ["Sys.Audit"]))
          .map(({ propagate, ...entry }) => ({ ...entry, propagate: propagate ? 1 : 0 })),
      ),
  },
  {
    method: "PUT",
    path: "/access/acl",
    parameters: {
      path: USERID,
      roles: USERID,
      users: STRING,
      tokens: STRING,
      groups: STRING,
      propagate: BOOLEAN,
      delete: BOOLEAN,
    },
    run: (call) => answer(updateAcl(call)),
  },
  {
    method: "GET",
    path: "/access/roles",
    run: (call) =>
      answer(
        Object.entries(call.state.world.roles).map(([roleid, privileges]) => ({
          roleid,
          privs: privileges.toSorted((left, right) => (left < right ? -1 : 1)).join(","),
          special: roleid.startsWith("PVE") || roleid === "Administrator" || roleid === "NoAccess" ? 1 : 0,
        })),
      ),
  },
  {
    method: "POST",
    path: "/access/roles",
    permission: MODIFY,
    parameters: ROLE,
    run: (call) => answer(saveRole(call, true)),
  },
  {
    method: "PUT",
    path: "/access/roles/{roleid}",
    permission: MODIFY,
    parameters: { privs: STRING },
    run: (call) => answer(saveRole(call, false)),
  },
  {
    method: "DELETE",
    path: "/access/roles/{roleid}",
    permission: MODIFY,
    run: (call) => answer(deleteRole(call)),
  },
  {
    method: "PUT",
    path: "/access/password",
    noToken: true,
    parameters: { userid: USERID, password: USERID, "confirmation-password": STRING },
    run: (call) => answer(changePassword(call)),
  },
];

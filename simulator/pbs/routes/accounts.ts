import { createHash, randomUUID } from "node:crypto";
import { ApiError } from "../../errors.ts";
import { flag, optional, text } from "../../routes/route.ts";
import type { User } from "../../world.ts";
import { ARRAY, BOOLEAN, COMMENT, COUNT, DIGEST, required, SAFE, STRING, USERID } from "../schema.ts";
import { failed } from "../state.ts";
import type { Token } from "../world.ts";
import { answer, may, number, type Call, type Permission, type Route } from "./route.ts";

const AUDIT: Permission = { path: "/access/users", privileges: ["Sys.Audit"], self: "userid" };
const MODIFY: Permission = { path: "/access/users", privileges: ["Permissions.Modify"], self: "userid" };
const NAME = { ...SAFE, min: 2, max: 64 };
const PASSWORD = { ...STRING, pattern: /^[^\p{Cc}]*$/u, min: 8, max: 64 };
const PERSON = { firstname: COMMENT, lastname: COMMENT, email: COMMENT };

/** The SHA-256 of a configuration, to be sent back with a change. */
export const digestOf = (config: unknown): string =>
  createHash("sha256").update(JSON.stringify(config)).digest("hex");

/** Refuses a change of something that changed since it was read. */
export function checkDigest(call: Call, config: unknown): void {
  const digest = optional(call, "digest");
  if (digest !== null && digest !== digestOf(config))
    throw failed("detected modified configuration - file changed by other user? Try again.");
}

const commented = (comment: string | null): object => (comment === null ? {} : { comment });

function userHere(call: Call): User {
  const userid = text(call, "userid");
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user) throw new ApiError(404, `no such user '${userid}'`);
  return user;
}

const userRow = (user: User): object => ({
  userid: user.userid,
  ...commented(user.comment),
  enable: user.enabled,
});

const tokenRow = (token: Token): object => ({
  tokenid: token.tokenid,
  ...commented(token.comment),
  ...(token.enable ? {} : { enable: false }),
  ...(token.expire === 0 ? {} : { expire: token.expire }),
});

function listUsers(call: Call): readonly object[] {
  const { users, tokens } = call.state.world;
  const all = may(call, "/access/users", ["Sys.Audit"]);
  const own = call.authid.split("!")[0];
  return users
    .filter((user) => all || user.userid === own)
    .map((user) => ({
      ...userRow(user),
      ...(flag(call, "include_tokens")
        ? { tokens: tokens.filter((one) => one.tokenid.startsWith(`${user.userid}!`)).map(tokenRow) }
        : {}),
    }));
}

function createUser(call: Call): null {
  const { users } = call.state.world;
  const userid = text(call, "userid");
  if (users.some((one) => one.userid === userid)) throw failed(`user '${userid}' already exists.`);
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
  const { world } = call.state;
  const userid = text(call, "userid");
  if (!world.users.some((one) => one.userid === userid)) throw failed(`user '${userid}' does not exist.`);
  world.users = world.users.filter((one) => one.userid !== userid);
  world.tokens = world.tokens.filter((one) => !one.tokenid.startsWith(`${userid}!`));
  call.state.changed();
  return null;
}

const tokenId = (call: Call): string => `${text(call, "userid")}!${text(call, "token-name")}`;

function tokenHere(call: Call): Token {
  const id = tokenId(call);
  const token = call.state.world.tokens.find((one) => one.tokenid === id);
  if (!token) throw new ApiError(404, `no such token '${id}'`);
  return token;
}

function createToken(call: Call): object {
  userHere(call);
  const { tokens } = call.state.world;
  const tokenid = tokenId(call);
  if (tokens.some((one) => one.tokenid === tokenid)) {
    const [userid = "", name = ""] = tokenid.split("!");
    throw failed(`token '${name}' for user '${userid}' already exists.`);
  }
  const token: Token = {
    tokenid,
    secret: randomUUID(),
    enable: call.params["enable"] !== false,
    expire: number(call, "expire") ?? 0,
    comment: optional(call, "comment"),
  };
  tokens.push(token);
  call.state.changed();
  return { tokenid, value: token.secret };
}

function updateToken(call: Call): object {
  const token = tokenHere(call);
  const comment = optional(call, "comment");
  if (comment !== null) token.comment = comment;
  if (call.params["enable"] !== undefined) token.enable = flag(call, "enable");
  token.expire = number(call, "expire") ?? token.expire;
  const fresh = flag(call, "regenerate") ? randomUUID() : null;
  if (fresh !== null) token.secret = fresh;
  call.state.changed();
  return fresh === null ? {} : { secret: fresh };
}

function deleteToken(call: Call): null {
  const token = tokenHere(call);
  const { world } = call.state;
  world.tokens = world.tokens.filter((one) => one !== token);
  call.state.changed();
  return null;
}

function changePassword(call: Call): null {
  if (call.authid.includes("!")) throw failed("API tokens cannot access this API endpoint");
  const own = text(call, "userid") === call.authid;
  if (!own && !may(call, "/access", ["Permissions.Modify"]))
    throw failed("you are not authorized to change the password.");
  const caller = call.state.world.users.find((one) => one.userid === call.authid);
  if (call.authid !== "root@pam" && caller?.password !== text(call, "confirmation-password"))
    throw new ApiError(401, "permission check failed.");
  const user = userHere(call);
  const { users } = call.state.world;
  users[users.indexOf(user)] = { ...user, password: text(call, "password") };
  call.state.changed();
  return null;
}

const USER = { userid: required(USERID) };
const TOKEN = { ...USER, "token-name": required(NAME) };
const TOKEN_PATH = "/access/users/{userid}/token/{token-name}";
const CHOICES = { comment: COMMENT, enable: BOOLEAN, expire: COUNT };

/** Users and their tokens. */
export const accountRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/access/users",
    parameters: { include_tokens: BOOLEAN },
    run: (call) => answer(listUsers(call), { digest: digestOf(call.state.world.users) }),
  },
  {
    method: "POST",
    path: "/access/users",
    permission: { path: "/access/users", privileges: ["Permissions.Modify"] },
    parameters: { ...USER, ...CHOICES, ...PERSON, password: PASSWORD },
    run: (call) => answer(createUser(call)),
  },
  {
    method: "GET",
    path: "/access/users/{userid}",
    permission: AUDIT,
    parameters: USER,
    run: (call) => answer(userRow(userHere(call)), { digest: digestOf(call.state.world.users) }),
  },
  {
    method: "DELETE",
    path: "/access/users/{userid}",
    permission: MODIFY,
    parameters: { ...USER, digest: DIGEST },
    run: (call) => answer(deleteUser(call)),
  },
  {
    method: "GET",
    path: "/access/users/{userid}/token",
    permission: AUDIT,
    parameters: USER,
    run: (call) => {
      const userid = text(call, "userid");
      const own = call.state.world.tokens.filter((one) => one.tokenid.startsWith(`${userid}!`));
      return answer(own.map((one) => ({ "token-name": one.tokenid.split("!")[1], ...tokenRow(one) })));
    },
  },
  {
    method: "GET",
    path: TOKEN_PATH,
    permission: AUDIT,
    parameters: TOKEN,
    run: (call) => answer(tokenRow(tokenHere(call))),
  },
  {
    method: "POST",
    path: TOKEN_PATH,
    permission: MODIFY,
    parameters: { ...TOKEN, ...CHOICES, digest: DIGEST },
    run: (call) => answer(createToken(call)),
  },
  {
    method: "PUT",
    path: TOKEN_PATH,
    permission: MODIFY,
    parameters: {
      ...TOKEN,
      ...CHOICES,
      digest: DIGEST,
      regenerate: BOOLEAN,
      delete: { ...ARRAY, enum: ["comment"] },
    },
    run: (call) => answer(updateToken(call)),
  },
  {
    method: "DELETE",
    path: TOKEN_PATH,
    permission: MODIFY,
    parameters: { ...TOKEN, digest: DIGEST },
    run: (call) => answer(deleteToken(call)),
  },
  {
    method: "PUT",
    path: "/access/password",
    parameters: { ...USER, password: required(PASSWORD), "confirmation-password": PASSWORD },
    run: (call) => answer(changePassword(call)),
  },
];

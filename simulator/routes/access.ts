import { OPENID_REALM } from "../access/openid.ts";
import { capabilities, permissionTree } from "../access/rights.ts";
import { offeredFactors, secondFactorFits } from "../access/second-factor.ts";
import { ApiError, died } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { profileOf } from "../profiles/pve.ts";
import { pause } from "../pause.ts";
import { BOOLEAN, STRING, type Parameter } from "../schema.ts";
import type { User } from "../world.ts";
import { answer, flag, optional, text, type Call, type Route } from "./route.ts";

const never = new AbortController().signal;

const refused = (): ApiError => new ApiError(401, "authentication failure\n");

function session(call: Call, user: User): Record<string, unknown> {
  const seconds = call.state.clock.seconds();
  const cluster = call.state.world.cluster;
  return {
    username: user.userid,
    ticket: call.tickets.issue(user.userid, seconds),
    CSRFPreventionToken: call.tickets.csrf(user.userid, seconds),
    cap: capabilities(call.state.world, user.userid),
    ...(cluster === null ? {} : { clustername: cluster }),
  };
}

function logInByProvider(call: Call): Record<string, unknown> {
  const userid = call.state.openid.redeem(
    text(call, "state"),
    text(call, "code"),
    text(call, "redirect-url"),
  );
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user?.enabled) throw refused();
  return session(call, user);
}

/** Seen on PVE 9.2: a failed login is answered about three seconds late. */
async function late(call: Call, work: () => Record<string, unknown>): Promise<Answer> {
  try {
    return answer(work());
  } catch (error) {
    await pause(call.state.settings.loginFailureDelay, never);
    throw error;
  }
}

/** The password is right; the code is still missing. */
function asked(call: Call, username: string, ticket: string): Record<string, unknown> {
  const csrf = call.tickets.csrf(username, call.state.clock.seconds());
  return { username, ticket, CSRFPreventionToken: csrf, NeedTFA: 1 };
}

function logIn(call: Call): Record<string, unknown> {
  const realm = optional(call, "realm");
  const userid = realm === null ? text(call, "username") : `${text(call, "username")}@${realm}`;
  const password = text(call, "password");
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user?.enabled) throw refused();
  const seconds = call.state.clock.seconds();
  const challenge = optional(call, "tfa-challenge");
  if (challenge !== null) {
    if (!call.tickets.challengeFits(challenge, userid, seconds) || !secondFactorFits(user, password, seconds))
      throw refused();
    call.state.changed();
    return session(call, user);
  }
  const renewed = password.startsWith("PVE:") && call.tickets.user(password, seconds) === userid;
  if (renewed) return session(call, user);
  const otp = optional(call, "otp");
  const { secondFactor } = profileOf(call.state.world.version).habits;
  const besides = secondFactor === "otp" || (secondFactor === "asked" && !flag(call, "new-format"));
  if (password !== user.password || (!besides && otp !== null && !/^\w+:/.test(otp))) throw refused();
  const kinds = offeredFactors(user);
  if (kinds === null) return session(call, user);
  if (besides) {
    if (otp === null) return asked(call, userid, call.tickets.half(userid, seconds));
    if (!secondFactorFits(user, `totp:${otp}`, seconds)) throw refused();
    call.state.changed();
    return session(call, user);
  }
  return asked(call, userid, call.tickets.challenge(userid, kinds, seconds));
}

const REQUIRED: Parameter = { ...STRING, required: true };

const ticket: Route = {
  method: "POST",
  path: "/access/ticket",
  open: true,
  noToken: true,
  parameters: {
    username: REQUIRED,
    password: REQUIRED,
    realm: STRING,
    otp: STRING,
    path: STRING,
    privs: STRING,
    "tfa-challenge": STRING,
    "new-format": BOOLEAN,
  },
  run: async (call) => late(call, () => logIn(call)),
};

/** Login, realms and the caller's own rights. */
export const accessRoutes: readonly Route[] = [
  ticket,
  { method: "GET", path: "/access/ticket", run: () => answer(null) },
  {
    method: "GET",
    path: "/access/domains",
    open: true,
    run: () =>
      answer([
        { realm: "pam", type: "pam", comment: "Linux PAM standard authentication" },
        { realm: "pve", type: "pve", comment: "Proxmox VE authentication server" },
        { realm: OPENID_REALM, type: "openid", comment: "Single sign-on" },
      ]),
  },
  {
    method: "POST",
    path: "/access/openid/auth-url",
    open: true,
    parameters: { realm: REQUIRED, "redirect-url": REQUIRED },
    run: (call) => {
      const realm = text(call, "realm");
      if (realm !== OPENID_REALM) throw died(`authentication domain '${realm}' does not exist`);
      return answer(call.state.openid.authUrl(realm, text(call, "redirect-url")));
    },
  },
  {
    method: "POST",
    path: "/access/openid/login",
    open: true,
    parameters: { state: REQUIRED, code: REQUIRED, "redirect-url": REQUIRED },
    run: async (call) => late(call, () => logInByProvider(call)),
  },
  {
    method: "GET",
    path: "/access/permissions",
    parameters: { path: STRING, userid: STRING },
    run: (call) => answer(permissionTree(call.state.world, call.authid, optional(call, "path"))),
  },
  {
    method: "GET",
    path: "/access/tfa/{userid}",
    run: (call) => {
      const user = call.state.world.users.find((one) => one.userid === text(call, "userid"));
      if (!user?.totpSecret) return answer([]);
      const created = 1_795_185_697;
      return answer([
        { id: "recovery", type: "recovery", created },
        { id: "e6fc3156-cad6-4db9-aa78-b19da3e361bf", type: "totp", description: "phone", created },
      ]);
    },
  },
];

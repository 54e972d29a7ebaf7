import { acceptedStep } from "../access/totp.ts";
import { capabilities, permissionTree } from "../access/rights.ts";
import { ApiError } from "../errors.ts";
import { profileOf } from "../profiles/pve.ts";
import { pause } from "../pause.ts";
import { BOOLEAN, STRING } from "../schema.ts";
import type { User } from "../world.ts";
import { answer, flag, optional, text, type Call, type Route } from "./route.ts";

const refused = (): ApiError => new ApiError(401, "authentication failure\n");

function tfaKinds(user: User): object {
  const recovery = user.recoveryCodes.map((_, index) => index);
  return recovery.length > 0 ? { recovery, totp: true } : { totp: true };
}

/** Checks `totp:123456` or `recovery:…`; both are used up by success. */
function secondFactorFits(call: Call, user: User, response: string): boolean {
  const [kind = "", code = ""] = response.split(/:(.*)/);
  if (kind === "recovery") {
    const index = user.recoveryCodes.indexOf(code);
    if (index === -1) return false;
    user.recoveryCodes.splice(index, 1);
    return true;
  }
  if (kind !== "totp" || user.totpSecret === null) return false;
  const step = acceptedStep(user.totpSecret, code, call.state.clock.seconds(), user.lastTotpStep);
  if (step === null) return false;
  user.lastTotpStep = step;
  return true;
}

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

function logIn(call: Call): Record<string, unknown> {
  const realm = optional(call, "realm");
  const userid = realm === null ? text(call, "username") : `${text(call, "username")}@${realm}`;
  const password = text(call, "password");
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user?.enabled) throw refused();
  const seconds = call.state.clock.seconds();
  const challenge = optional(call, "tfa-challenge");
  if (challenge !== null) {
    if (!call.tickets.challengeFits(challenge, userid, seconds) || !secondFactorFits(call, user, password))
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
  if (user.totpSecret === null) return session(call, user);
  if (besides) {
    if (otp === null || !secondFactorFits(call, user, `totp:${otp}`)) throw refused();
    call.state.changed();
    return session(call, user);
  }
  return {
    username: userid,
    ticket: call.tickets.challenge(userid, tfaKinds(user), seconds),
    CSRFPreventionToken: call.tickets.csrf(userid, seconds),
    NeedTFA: 1,
  };
}

const never = new AbortController().signal;

const ticket: Route = {
  method: "POST",
  path: "/access/ticket",
  open: true,
  noToken: true,
  parameters: {
    username: { ...STRING, required: true },
    password: { ...STRING, required: true },
    realm: STRING,
    otp: STRING,
    path: STRING,
    privs: STRING,
    "tfa-challenge": STRING,
    "new-format": BOOLEAN,
  },
  run: async (call) => {
    try {
      return answer(logIn(call));
    } catch (error) {
      // Seen on PVE 9.2: a failed login is answered about three seconds late.
      await pause(call.state.settings.loginFailureDelay, never);
      throw error;
    }
  },
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
      ]),
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

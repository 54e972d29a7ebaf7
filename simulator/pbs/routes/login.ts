import { acceptedStep } from "../../access/totp.ts";
import { ApiError } from "../../errors.ts";
import { pause } from "../../pause.ts";
import { flag, optional, text } from "../../routes/route.ts";
import type { User } from "../../world.ts";
import type { Answer } from "../http/answer.ts";
import { clearCookie, hostCookie, setCookie, userIsActive } from "../http/authenticate.ts";
import { BOOLEAN, INTEGER, required, STRING, USERID } from "../schema.ts";
import type { Call, Route } from "./route.ts";

const wrong = (): ApiError => new ApiError(401, "permission check failed.");

function tfaKinds(user: User): object {
  const recovery = user.recoveryCodes.map((_, index) => index);
  return { totp: true, ...(recovery.length > 0 ? { recovery } : {}) };
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

/** A full session: the ticket in the body, or with `http-only` in a cookie and only what it says in the body. */
export function session(call: Call, userid: string): Answer {
  const seconds = call.state.clock.seconds();
  const ticket = call.tickets.issue(userid, seconds);
  const CSRFPreventionToken = call.tickets.csrf(userid, seconds);
  if (!flag(call, "http-only")) return { data: { username: userid, ticket, CSRFPreventionToken } };
  const info = `${ticket.split("::")[0] ?? ""}::ticketinfo`;
  return {
    data: { username: userid, "ticket-info": info, CSRFPreventionToken },
    more: { status: 200, success: true },
    headers: { "Set-Cookie": setCookie(ticket) },
  };
}

function logIn(call: Call): Answer {
  const userid = text(call, "username");
  const cookie = flag(call, "http-only") ? hostCookie(call.headers) : null;
  const password = cookie ?? text(call, "password");
  const user = call.state.world.users.find((one) => one.userid === userid);
  if (!user || !userIsActive(call.state, userid)) throw wrong();
  const seconds = call.state.clock.seconds();
  const challenge = optional(call, "tfa-challenge");
  if (challenge !== null) {
    if (!call.tickets.challengeFits(challenge, userid, seconds) || !secondFactorFits(call, user, password))
      throw wrong();
    call.state.changed();
    return session(call, userid);
  }
  if (password.startsWith("PBS:") && call.tickets.user(password, seconds) === userid)
    return session(call, userid);
  // A dead cookie does not stand in the way of the password beside it.
  if (text(call, "password") !== user.password) throw wrong();
  if (user.totpSecret === null) return session(call, userid);
  const ticket = call.tickets.challenge(userid, tfaKinds(user), seconds);
  return { data: { username: userid, ticket, CSRFPreventionToken: "invalid" } };
}

const never = new AbortController().signal;

/** Tickets. A second factor is asked for by the ticket alone: it begins with `PBS:!tfa!`, and there is no `NeedTFA`. */
export const loginRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/access/ticket",
    world: true,
    parameters: {
      username: required(USERID),
      password: STRING,
      path: STRING,
      privs: STRING,
      port: { ...INTEGER, minimum: 0, maximum: 65_535 },
      "tfa-challenge": STRING,
      "http-only": { ...BOOLEAN, since: "4.0" },
    },
    run: async (call) => {
      try {
        return logIn(call);
      } catch (error) {
        await pause(call.state.settings.loginFailureDelay, never);
        throw error;
      }
    },
  },
  {
    method: "DELETE",
    path: "/access/ticket",
    since: "4.0",
    world: true,
    run: () => ({
      data: {},
      more: { status: 200, success: true },
      headers: { "Set-Cookie": clearCookie },
    }),
  },
];

import { offeredFactors, secondFactorFits } from "../../access/second-factor.ts";
import { ApiError } from "../../errors.ts";
import { pause } from "../../pause.ts";
import { flag, optional, text } from "../../routes/route.ts";
import type { Answer } from "../http/answer.ts";
import { clearCookie, hostCookie, setCookie, userIsActive } from "../http/authenticate.ts";
import { BOOLEAN, INTEGER, required, STRING, USERID } from "../schema.ts";
import type { Call, Route } from "./route.ts";

const wrong = (): ApiError => new ApiError(401, "permission check failed.");

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
    if (!call.tickets.challengeFits(challenge, userid, seconds) || !secondFactorFits(user, password, seconds))
      throw wrong();
    call.state.changed();
    return session(call, userid);
  }
  if (password.startsWith("PBS:") && call.tickets.user(password, seconds) === userid)
    return session(call, userid);
  // A dead cookie does not stand in the way of the password beside it.
  if (text(call, "password") !== user.password) throw wrong();
  const kinds = offeredFactors(user);
  if (kinds === null) return session(call, userid);
  const ticket = call.tickets.challenge(userid, kinds, seconds);
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

import { ApiError } from "../../errors.ts";
import { pause } from "../../pause.ts";
import { text } from "../../routes/route.ts";
import { userIsActive } from "../http/authenticate.ts";
import type { Answer } from "../http/answer.ts";
import { BOOLEAN, required, STRING, type Parameter } from "../schema.ts";
import { failed } from "../state.ts";
import { session } from "./login.ts";
import { answer, type Call, type Route } from "./route.ts";

const REALM: Parameter = { ...STRING, pattern: /^[A-Za-z0-9_][\w.-]*$/, min: 2, max: 32 };
const never = new AbortController().signal;

function authUrl(call: Call): string {
  const realm = text(call, "realm");
  if (!call.state.world.realms.some((one) => one.realm === realm && one.type === "openid"))
    throw failed(`no such openid '${realm}'`);
  return call.state.openid.authUrl(realm, text(call, "redirect-url"));
}

function logIn(call: Call): Answer {
  const userid = call.state.openid.redeem(
    text(call, "state"),
    text(call, "code"),
    text(call, "redirect-url"),
  );
  if (userid === null) throw new ApiError(401, "Failed to contact token endpoint: invalid_grant");
  if (!userIsActive(call.state, userid))
    throw new ApiError(401, `user account '${userid}' missing, disabled or expired.`);
  return session(call, userid);
}

/** Logins at a provider of one's own (src/api2/access/openid.rs). */
export const openIdRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/access/openid/auth-url",
    world: true,
    parameters: { realm: required(REALM), "redirect-url": required(STRING) },
    run: (call) => answer(authUrl(call)),
  },
  {
    method: "POST",
    path: "/access/openid/login",
    world: true,
    parameters: {
      state: required(STRING),
      code: required(STRING),
      "redirect-url": required(STRING),
      "http-only": { ...BOOLEAN, since: "4.1" },
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
];

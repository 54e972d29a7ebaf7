import { randomBytes } from "node:crypto";

/** The realm of every simulated server that sends people to a provider, and the provider's page. */
export const OPENID_REALM = "sso";
const AUTHORIZE = "https://login.example.test/authorize";

type Pending = {
  readonly realm: string;
  readonly redirectUrl: string;
  readonly code: string;
  name: string | null;
};

/** Logins through a provider that is simulated too: what the browser would do there, `consent` does. */
export type OpenId = {
  /** Where the server sends the browser. */
  readonly authUrl: (realm: string, redirectUrl: string) => string;
  /** Somebody logs in at the provider and agrees: where his browser is sent then, with `code` and `state`. */
  readonly consent: (authUrl: string, name: string) => string;
  /** The user behind a code, `name@realm`. Null when state, code or redirection do not belong together or were used before. */
  readonly redeem: (state: string, code: string, redirectUrl: string) => string | null;
};

export function createOpenId(): OpenId {
  const pending = new Map<string, Pending>();
  return {
    authUrl: (realm, redirectUrl) => {
      const state = randomBytes(16).toString("hex");
      pending.set(state, { realm, redirectUrl, code: randomBytes(24).toString("base64url"), name: null });
      const query = new URLSearchParams({
        response_type: "code",
        client_id: "proxmox",
        state,
        nonce: randomBytes(16).toString("hex"),
        redirect_uri: redirectUrl,
        scope: "openid email profile",
      });
      return `${AUTHORIZE}?${query.toString()}`;
    },
    consent: (authUrl, name) => {
      const state = new URL(authUrl).searchParams.get("state") ?? "";
      const found = pending.get(state);
      if (!found) throw new Error("the provider was not told of this login");
      found.name = name;
      const target = new URL(found.redirectUrl);
      target.searchParams.set("code", found.code);
      target.searchParams.set("state", state);
      return target.href;
    },
    redeem: (state, code, redirectUrl) => {
      const found = pending.get(state);
      pending.delete(state);
      if (!found || found.name === null || found.code !== code || found.redirectUrl !== redirectUrl)
        return null;
      return `${found.name}@${found.realm}`;
    },
  };
}

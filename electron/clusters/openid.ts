import { AppError } from "../../shared/errors.ts";
import { redirectUrlOf } from "../../shared/openid.ts";
import { openIdLogin, openIdUrl } from "../proxmox/openid.ts";
import { listenForOpenId } from "./openid-listener.ts";

import type { Ticket } from "../proxmox/auth.ts";
import type { OpenIdServer } from "../proxmox/openid.ts";
import type { Credentials } from "./credentials.ts";

export interface OpenId {
  /** What a provider must have registered, with the port as it is set now. */
  redirectUrl(): string;
  /**
   * Sends the user's browser to the realm's provider and waits for it to come back; the server turns what it brings into a ticket.
   * `opening` is told the host that the browser is sent to. Throws AppError `openid.*`, `link.refused`, `server.*`, `cancelled`.
   */
  logIn(
    server: OpenIdServer,
    realm: string,
    opening: (host: string) => void,
    signal: AbortSignal,
  ): Promise<Ticket>;
}

export interface OpenIdOptions {
  /** As it is set now: providers want the address registered, so that it cannot be any free one. */
  readonly port: () => number;
  readonly openLink: (url: string) => Promise<void>;
  readonly credentials: Pick<Credentials, "hide">;
}

/**
 * Only what a server that is trusted by its certificate has named as the way to its own provider is opened, and only if it leads back
 * to us: https (the host checks that), our own address as `redirect_uri`, and a state to know the answer by.
 */
function checked(text: string, redirectUrl: string): { readonly url: URL; readonly state: string } {
  const url = URL.parse(text);
  const state = url?.searchParams.get("state") ?? "";
  if (url === null || state === "" || url.searchParams.get("redirect_uri") !== redirectUrl) {
    throw new AppError("openid.badUrl");
  }
  return { url, state };
}

export function createOpenId({ port: portNow, openLink, credentials }: OpenIdOptions): OpenId {
  return {
    redirectUrl: () => redirectUrlOf(portNow()),
    async logIn(server, realm, opening, signal) {
      const port = portNow();
      const redirectUrl = redirectUrlOf(port);
      const listener = await listenForOpenId(port);
      try {
        const { url, state } = checked(await openIdUrl(server, { realm, redirectUrl }, signal), redirectUrl);
        opening(url.host);
        const answer = listener.answer(state, signal);
        await openLink(url.href);
        const code = await answer;
        credentials.hide(code);
        return await openIdLogin(server, { code, state, redirectUrl }, signal);
      } finally {
        await listener.close();
      }
    },
  };
}

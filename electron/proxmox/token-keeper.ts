import { AppError } from "../../shared/errors.ts";
import { digestOf, tokenHeaders } from "./auth.ts";
import { noCredential } from "./login-keeper.ts";
import type { Authorisation, KeeperOptions, LoginKeeper, LoginState } from "./login-keeper.ts";
import type { Product } from "./product.ts";

/** A login by API token: nothing to make or renew, only a refused secret to remember. */
export function createTokenKeeper(options: KeeperOptions, product: Product, tokenId: string): LoginKeeper {
  let state: LoginState = { kind: "new" };
  let refusedDigest: string | null = null;
  let lastDigest: string | null = null;

  function change(next: LoginState): void {
    if (state.kind === next.kind && next.kind !== "refused") return;
    state = next;
    options.onState(next);
  }

  async function authorise(): Promise<Authorisation> {
    const secret = await options.secret();
    if (secret === null) {
      change({ kind: "noCredential" });
      throw noCredential();
    }
    lastDigest = digestOf(secret);
    if (lastDigest === refusedDigest) throw new AppError("server.tokenRefused");
    const headers = tokenHeaders(product, tokenId, secret);
    return { headers: () => headers, ticket: null };
  }

  function refusalOf(_refused: Authorisation, _isRetry: boolean, error: AppError): AppError {
    const { server, status } = error.details;
    const refusal = new AppError("server.tokenRefused", { server, status, cause: error });
    refusedDigest = lastDigest;
    change({ kind: "refused", error: refusal });
    return refusal;
  }

  return {
    state: () => state,
    authorise,
    afterRefusal: (refused) =>
      Promise.reject(refusalOf(refused, false, new AppError("server.sessionExpired", { status: 401 }))),
    refusalOf,
    accepted: () => {
      refusedDigest = null;
      change({ kind: "loggedIn", since: options.clock.now() });
    },
    logIn: async () => {
      refusedDigest = null;
      await authorise();
      return { kind: "loggedIn" };
    },
    answerSecondFactor: () => Promise.reject(new AppError("server.secondFactorUnsupported")),
    exportTicket: () => null,
    importTicket: () => false,
    forget: () => undefined,
  };
}

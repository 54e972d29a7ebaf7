import { AppError, isAppError } from "../../shared/errors.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { makeToken, tokenFailed } from "./make-token.ts";
import { seesNothing } from "./rights.ts";
import { planToken } from "./token-plan.ts";

import type { Cluster, LoginName } from "../../shared/cluster.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Output, Parsed } from "../../shared/operations.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Audit } from "../store/audit.ts";
import type { Vault } from "../store/vault.ts";
import type { Credentials } from "./credentials.ts";
import type { MadeToken } from "./make-token.ts";
import type { Member, Members } from "./members.ts";

/** From a login by password to a token of the app's own. */
export interface Tokens {
  /** What would be made; only reads. */
  plan(input: Parsed<"tokens.plan">, signal: AbortSignal): Promise<Output<"tokens.plan">>;
  /** Makes it, proves it, puts it in the place of the password, and forgets that. */
  make(input: Parsed<"tokens.make">, signal: AbortSignal): Promise<Cluster>;
}

export interface TokensOptions {
  readonly members: Members;
  readonly credentials: Credentials;
  readonly vault: Vault;
  readonly audit: Audit;
  /** Puts another login in the place of the one that is kept. */
  readonly switchLogin: (clusterId: ClusterId, login: LoginName, secret: Secret) => Promise<void>;
}

export function createTokens(options: TokensOptions): Tokens {
  const { members, credentials, audit } = options;

  /** The token logs in and sees something: what it may do is the server's word, not our plan's. */
  async function prove({ server, signal }: Member, { tokenId, secret }: MadeToken): Promise<void> {
    const login = { kind: "token", tokenId } as const;
    const session = members.openSession(
      { ...server, login },
      {
        secret: () => Promise.resolve(secret),
        proxyPassword: () => credentials.proxyPassword(server.id),
      },
    );
    try {
      await session.logIn(signal);
      const permissions = await readPermissions(session, {}, signal);
      if (seesNothing(server.kind, permissions)) throw new AppError("server.tooFewRights");
    } finally {
      await session.close();
    }
  }

  return {
    plan: ({ clusterId, ...wish }, signal) => planToken(members.get(clusterId).session, wish, signal),
    async make({ clusterId, digest, ...wish }, signal) {
      const member = members.get(clusterId);
      if (credentials.where(clusterId) === "stored") options.vault.requireStorable();
      const plan = await planToken(member.session, wish, signal);
      if (plan.digest !== digest) throw new AppError("confirmation.changed");
      signal.throwIfAborted();
      // From here on it is not given up half-way: it ends made, or taken away again.
      const made = await makeToken(member.session, plan, member.signal);
      credentials.hide(made.secret);
      try {
        await prove(member, made);
        await options.switchLogin(clusterId, { kind: "token", tokenId: made.tokenId }, made.secret);
      } catch (error) {
        if (!isAppError(error)) throw error;
        throw tokenFailed(error, await made.undo());
      }
      await audit.append("token.made", {
        clusterId,
        token: made.tokenId,
        use: plan.use,
        role: plan.role?.name ?? "",
      });
      return members.describe(clusterId);
    },
  };
}

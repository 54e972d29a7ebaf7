import { AppError, isAppError } from "../../shared/errors.ts";
import {
  changeAcl,
  createRole,
  createToken,
  listAcl,
  listRoles,
  listTokens,
  removeRole,
  removeToken,
  tokenSecretOf,
} from "../proxmox/accounts.ts";

import type { TokenPlan } from "../../shared/token.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Session, WriteOutcome } from "../proxmox/session.ts";

/** One thing that is made on the server, how to see whether it is there, and how to take it away again. */
interface Step {
  /** As it is named to the user where it could not be taken away. */
  readonly name: string;
  readonly make: () => Promise<WriteOutcome>;
  readonly isThere: () => Promise<boolean>;
  readonly undo: () => Promise<WriteOutcome>;
}

export interface MadeToken {
  readonly tokenId: string;
  readonly secret: Secret;
  /** Takes all of it away again; the names of what is left where that failed. */
  undo(): Promise<readonly string[]>;
}

/**
 * Makes what the plan says, one write after the other, each sent once; where an answer is lost, it is looked whether it was
 * done. Whatever goes wrong, what was made is taken away again. Throws AppError `token.failed`, with what is left on the server.
 */
export async function makeToken(session: Session, plan: TokenPlan, signal: AbortSignal): Promise<MadeToken> {
  const { user: userid, tokenName: tokenid } = plan;
  const tokenId = `${userid}!${tokenid}`;
  const done: Step[] = [];

  async function undoAll(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const step of done.splice(0).toReversed()) {
      const { outcome } = await step.undo();
      if (outcome === "answered") continue;
      if (await isLeft(step)) left.push(step.name);
    }
    return left;
  }

  async function run(step: Step): Promise<unknown> {
    const result = await step.make();
    if (result.outcome === "answered") {
      done.push(step);
      return result.data;
    }
    if (result.outcome === "ambiguous" && (await isLeft(step))) {
      done.push(step);
      return null;
    }
    throw result.error;
  }

  function roleStep(role: NonNullable<TokenPlan["role"]>): Step {
    return {
      name: `role ${role.name}`,
      make: () => createRole(session, role, signal),
      isThere: async () => (await listRoles(session, signal)).some(({ name }) => name === role.name),
      undo: () => removeRole(session, role.name, signal),
    };
  }

  const tokenStep: Step = {
    name: `token ${tokenId}`,
    make: () =>
      createToken(
        session,
        { userid, tokenid, comment: `Proxmoxer: ${plan.use}`, privsep: plan.ownRightsFor === null },
        signal,
      ),
    isThere: async () => (await listTokens(session, userid, signal)).includes(tokenid),
    undo: () => removeToken(session, { userid, tokenid }, signal),
  };

  function entryStep({ path, role }: TokenPlan["entries"][number]): Step {
    const entry = { path, role, tokenId };
    return {
      name: `${role} on ${path} for ${tokenId}`,
      make: () => changeAcl(session, entry, "add", signal),
      isThere: async () =>
        (await listAcl(session, signal)).some(
          (one) => one.path === path && one.role === role && one.tokenId === tokenId,
        ),
      undo: () => changeAcl(session, entry, "remove", signal),
    };
  }

  try {
    if (plan.role !== null && !plan.role.exists) await run(roleStep(plan.role));
    // A token that is there although its answer was lost has a secret that nobody knows: it is of no use to anybody.
    const secret = tokenSecretOf(await run(tokenStep));
    if (secret === null) throw new AppError("server.unconfirmed");
    for (const entry of plan.entries) await run(entryStep(entry));
    return { tokenId, secret, undo: undoAll };
  } catch (error) {
    throw tokenFailed(error, await undoAll());
  }
}

/** What went wrong, and what could not be taken away again. Anything unexpected stays what it is. */
export function tokenFailed(error: unknown, left: readonly string[]): unknown {
  if (!isAppError(error)) return error;
  const { server, status } = error.details;
  return new AppError("token.failed", {
    params: {
      reason: error.code,
      blind: error.code === "server.tooFewRights" ? "yes" : "no",
      count: left.length,
      left: left.join(", "),
    },
    server,
    status,
    cause: error,
  });
}

/** Where it cannot be looked up, it counts as left: the user is told rather once too often. */
async function isLeft(step: Step): Promise<boolean> {
  try {
    return await step.isThere();
  } catch (error) {
    if (isAppError(error)) return true;
    throw error;
  }
}

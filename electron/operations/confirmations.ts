import { createHash, randomBytes } from "node:crypto";

import { AppError } from "../../shared/errors.ts";

import type { z } from "zod";
import type { Confirmable, confirmationSchema } from "../../shared/confirmation.ts";

type Confirmation = z.infer<typeof confirmationSchema>;
export type Facts = Confirmation["facts"];

/** Long enough to read a dialog and to fetch a colleague, too short to be forgotten and found again. */
export const confirmationLifeMs = 5 * 60_000;
/** Nobody has more dialogs open; the oldest goes first. */
const maxOpen = 64;
const tokenBytes = 32;

/** Single-use tokens, each bound to one target in exactly the state that was shown. */
export interface Confirmations {
  /** `facts` is what the dialog shows. */
  request(target: Confirmable, facts: Facts): Confirmation;
  /**
   * Uses a token up. `facts` is a fresh read of the same things: any difference refuses. Throws AppError confirmation.missing,
   * confirmation.expired, confirmation.changed.
   */
  redeem(token: string | undefined, target: Confirmable, readFacts: () => Promise<Facts>): Promise<void>;
}

interface Open {
  readonly digest: string;
  readonly expiresAt: number;
}

export function createConfirmations(now: () => number): Confirmations {
  const open = new Map<string, Open>();

  function sweep(): void {
    for (const [token, entry] of open) {
      if (entry.expiresAt + confirmationLifeMs < now()) open.delete(token);
    }
    for (const token of open.keys()) {
      if (open.size < maxOpen) return;
      open.delete(token);
    }
  }

  return {
    request(target, facts) {
      sweep();
      const token = randomBytes(tokenBytes).toString("base64url");
      const expiresAt = now() + confirmationLifeMs;
      open.set(token, { digest: digestOf(target, facts), expiresAt });
      return { token, expiresAt, facts };
    },
    async redeem(token, target, readFacts) {
      const entry = token === undefined ? undefined : open.get(token);
      if (token === undefined || entry === undefined) throw new AppError("confirmation.missing");
      // Used up before anything is awaited: a second click finds nothing.
      open.delete(token);
      if (now() > entry.expiresAt) throw new AppError("confirmation.expired");
      if (digestOf(target, await readFacts()) !== entry.digest) throw new AppError("confirmation.changed");
    },
  };
}

function digestOf(target: Confirmable, facts: Facts): string {
  return createHash("sha256").update(canonical(target)).update("\n").update(canonical(facts)).digest("hex");
}

/** The same fields in the same order, whoever built the object. */
function canonical(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

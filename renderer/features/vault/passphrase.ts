import type { MessageId } from "../../ui/text.ts";

export type VaultKind = "system" | "passphrase" | "memory";

/** The operation asks for as many; shorter ones are guessed too fast. */
const leastLength = 8;

export interface PassphraseProblem {
  readonly field: "secret" | "again";
  readonly message: MessageId;
}

/** What is wrong with a new passphrase typed twice; null when nothing is. */
export function checkPassphrase(secret: string, again: string): PassphraseProblem | null {
  if (secret.length < leastLength) return { field: "secret", message: "vault.passphrase.short" };
  return secret === again ? null : { field: "again", message: "vault.passphrase.differs" };
}

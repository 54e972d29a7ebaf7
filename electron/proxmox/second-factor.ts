import { z } from "zod";

import type { SecondFactorKind } from "../../shared/cluster.ts";
import type { Product } from "./product.ts";

/** Second factors that are bound to the web interface's own domain: a browser there can answer them, nobody else. */
export type BoundFactor = "webauthn" | "u2f";

export interface SecondFactorOffer {
  /** How the server wants the answer: to the signed challenge (PVE 7 and later, PBS), or beside the password (PVE 6.4). */
  readonly form: "challenge" | "otp";
  /** Kinds that we can answer, best first. */
  readonly kinds: readonly SecondFactorKind[];
  /** Kinds that this account has beside them, and that nobody can answer from here. */
  readonly bound: readonly BoundFactor[];
}

const nothing: SecondFactorOffer = { form: "challenge", kinds: [], bound: [] };

const offerSchema = z.object({
  totp: z.unknown().optional(),
  /** PVE and PBS up to now send the unused numbers; earlier ones sent a word. */
  recovery: z.unknown().optional(),
  yubico: z.unknown().optional(),
  webauthn: z.unknown().optional(),
  u2f: z.unknown().optional(),
});

function isOn(value: unknown): boolean {
  return value === true || value === 1;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function hasCodes(recovery: unknown): boolean {
  return Array.isArray(recovery) ? recovery.length > 0 : isThere(recovery) && recovery !== "unavailable";
}

/** An offer that cannot be read offers nothing. */
function parsedOffer(text: string): z.infer<typeof offerSchema> {
  try {
    return offerSchema.safeParse(JSON.parse(decodeURIComponent(text))).data ?? {};
  } catch {
    return {};
  }
}

/**
 * What the half ticket of a login offers: `PVE:!tfa!{"totp"%3Atrue,"recovery"%3A[0,1]}:6B005D18::…` (proxmox-tfa), and in
 * 6.4 `PVE:tfa!user:…` (a code of either kind, set by the realm or the user) or `PVE:u2f!user!…`.
 */
export function offerOf(ticket: string, { ticketPrefix }: Product): SecondFactorOffer {
  if (!ticket.startsWith(`${ticketPrefix}:`)) return nothing;
  const data = ticket.slice(ticketPrefix.length + 1);
  if (data.startsWith("tfa!")) return { form: "otp", kinds: ["totp", "yubico"], bound: [] };
  if (data.startsWith("u2f!")) return { form: "otp", kinds: [], bound: ["u2f"] };
  const text = /^!tfa!(.*?):[0-9A-F]{8}::/su.exec(data)?.[1];
  if (text === undefined) return nothing;
  const { totp, recovery, yubico, webauthn, u2f } = parsedOffer(text);
  const kinds: SecondFactorKind[] = [];
  if (isOn(totp)) kinds.push("totp");
  if (isOn(yubico)) kinds.push("yubico");
  if (hasCodes(recovery)) kinds.push("recovery");
  const bound: BoundFactor[] = [];
  if (isThere(webauthn)) bound.push("webauthn");
  if (isThere(u2f)) bound.push("u2f");
  return { form: "challenge", kinds, bound };
}

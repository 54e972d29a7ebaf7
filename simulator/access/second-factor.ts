import type { User } from "../world.ts";
import { acceptedStep } from "./totp.ts";

/** A challenge for a key that is bound to the server's domain; no client that is not that web page can answer it. */
const WEBAUTHN_CHALLENGE = {
  publicKey: {
    challenge: "c2ltdWxhdG9yLWNoYWxsZW5nZQ",
    timeout: 60_000,
    rpId: "pve.example.test",
    allowCredentials: [{ type: "public-key", id: "c2ltdWxhdG9yLWtleQ" }],
    userVerification: "discouraged",
  },
};
const U2F_CHALLENGE = { challenge: "c2ltdWxhdG9y", keys: [{ version: "U2F_V2", keyHandle: "a2V5" }] };

/** What the account can be asked for besides its password, as the challenge names it; null = nothing. */
export function offeredFactors(user: User): object | null {
  const recovery = user.recoveryCodes.map((_, index) => index);
  const kinds = {
    ...(recovery.length > 0 ? { recovery } : {}),
    ...(user.totpSecret === null ? {} : { totp: true }),
    ...(user.yubicoKey ? { yubico: true } : {}),
    ...(user.securityKey === "webauthn" ? { webauthn: WEBAUTHN_CHALLENGE } : {}),
    ...(user.securityKey === "u2f" ? { u2f: U2F_CHALLENGE } : {}),
  };
  return Object.keys(kinds).length === 0 ? null : kinds;
}

/** Checks `totp:123456`, `recovery:…` or `yubico:…`; a code that fits is used up. A security key never fits from here. */
export function secondFactorFits(user: User, response: string, seconds: number): boolean {
  const [kind = "", code = ""] = response.split(/:(.*)/);
  if (kind === "recovery") {
    const index = user.recoveryCodes.indexOf(code);
    if (index === -1) return false;
    user.recoveryCodes.splice(index, 1);
    return true;
  }
  // A Yubico code is the key's own twelve letters and thirty-two that change.
  if (kind === "yubico")
    return Boolean(user.yubicoKey) && code.length === 44 && code.startsWith(user.yubicoKey ?? "");
  if (kind !== "totp" || user.totpSecret === null) return false;
  const step = acceptedStep(user.totpSecret, code, seconds, user.lastTotpStep);
  if (step === null) return false;
  user.lastTotpStep = step;
  return true;
}

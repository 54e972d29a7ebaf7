import { createHmac } from "node:crypto";

const STEP_SECONDS = 30;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(text: string): Buffer {
  let bits = "";
  for (const letter of text.replaceAll("=", "").toUpperCase())
    bits += ALPHABET.indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The six digits of one 30-second step (RFC 6238, SHA1). */
function totpOfStep(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The code that is valid at an epoch second. */
export function totpCode(secret: string, seconds: number): string {
  return totpOfStep(secret, Math.floor(seconds / STEP_SECONDS));
}

/** The step a code belongs to, one step of clock difference allowed; null when it fits none or was used before. */
export function acceptedStep(secret: string, code: string, seconds: number, lastStep: number): number | null {
  const present = Math.floor(seconds / STEP_SECONDS);
  const fits = [present - 1, present, present + 1].find(
    (step) => step > lastStep && totpOfStep(secret, step) === code,
  );
  return fits ?? null;
}

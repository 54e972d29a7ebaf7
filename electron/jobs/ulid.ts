const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const timeChars = 10;
const randomBytes = 10;
const bitsPerChar = 5;

/** Random bytes, given so that tests can repeat themselves. */
export type RandomBytes = (count: number) => Uint8Array;

/** 48 bits of time and 80 of chance in Crockford's base 32: 26 characters that sort by time. */
export function ulid(now: number, random: RandomBytes): string {
  let time = "";
  for (let rest = Math.max(0, now), n = 0; n < timeChars; n += 1, rest = Math.floor(rest / alphabet.length))
    time = alphabet.charAt(rest % alphabet.length) + time;
  const bits = [...random(randomBytes)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let chance = "";
  for (let at = 0; at < bits.length; at += bitsPerChar)
    chance += alphabet.charAt(Number.parseInt(bits.slice(at, at + bitsPerChar), 2));
  return time + chance;
}

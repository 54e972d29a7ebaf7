import { createRandom } from "../bench/random.ts";

/** Characters that are dear to patterns: what separates, opens, counts or steers. */
const SPICE = ["/", ":", " ", ".", "'", "(", "%", "9", "-", "\t", "\u001b[", "\u0000", "\ud800", "=", ","];
const LONG = 9000;

/**
 * An endless source of lines nobody should meet: real ones cut, glued, shuffled and with bytes changed, binary noise, and
 * beginnings of real lines followed by thousands of one character. The same seed gives the same lines.
 */
export function createMangler(seed: number, real: readonly string[]): () => string {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = (from: readonly string[]): string => from[below(from.length)] ?? "";
  const noise = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(random() < 0.8 ? below(256) : below(65_536))).join("");
  // Made once: what matters is that they are odd, not that each is new.
  const noises = Array.from({ length: 5000 }, () => noise(below(60)));
  return () => {
    const line = pick(real);
    const kind = random();
    if (kind < 0.4) return line;
    if (kind < 0.6) return line.slice(below(line.length + 1));
    if (kind < 0.75) return line.slice(0, below(line.length + 1));
    if (kind < 0.85) return line.slice(0, below(line.length + 1)) + pick(real);
    if (kind < 0.93) {
      const at = below(line.length + 1);
      return line.slice(0, at) + pick(SPICE) + line.slice(at + below(3));
    }
    if (kind < 0.9995) return pick(noises) + pick(noises).slice(below(60));
    return line.slice(0, below(line.length + 1)) + pick(SPICE).repeat(LONG);
  };
}

/** A seeded source of randomness: the same seed gives the same world, sizes and identifiers. */
export type Random = {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  /** An integer between both ends, ends included. */
  readonly between: (low: number, high: number) => number;
  readonly hex: (digits: number) => string;
  readonly uuid: () => string;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
};

/** A number from a text, for seeding by name (FNV-1a). */
export function seedOf(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

/** Mulberry32: small, quick and good enough for make-believe. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => between(0, 15).toString(16)).join("");
  return {
    next,
    between,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${between(8, 11).toString(16)}${hex(3)}-${hex(12)}`,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
  };
}

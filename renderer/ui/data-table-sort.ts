const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Numbers by value; everything else as text, the numbers in it by value: web-9 before web-10. */
export function compareCells(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

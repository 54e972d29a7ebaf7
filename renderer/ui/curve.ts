/** Between these two a curve is drawn; a curve that hardly moves must not look like a mountain. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

export function scaleOf(values: ReadonlyArray<number | null>, leastSpan: number): Scale {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const missing = Math.max(0, leastSpan - (high - low)) / 2;
  return { low: Math.max(0, low - missing), high: high + missing };
}

/** An SVG path through what was measured; a gap stays a gap, a lone point is a dot. */
export function curvePath(
  values: ReadonlyArray<number | null>,
  size: { readonly width: number; readonly height: number },
  { low, high }: Scale,
): string {
  const step = values.length > 1 ? size.width / (values.length - 1) : 0;
  const parts: string[] = [];
  let open = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = false;
      continue;
    }
    const x = (index * step).toFixed(1);
    const y = (size.height * (1 - (value - low) / (high - low || 1))).toFixed(1);
    parts.push(open ? `L${x} ${y}` : `M${x} ${y}h0`);
    open = true;
  }
  return parts.join("");
}

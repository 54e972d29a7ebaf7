import { curvePath, scaleOf } from "./curve.ts";
import classes from "./sparkline.module.css";

const size = { width: 64, height: 18 };
/** Below this a change is noise: five hundredths of the whole. */
const leastSpan = 0.05;

/** A small curve beside its figure: the way it went, not exact values. Hatched where nothing is known. */
export function Sparkline({
  values,
  label,
}: {
  /** Shares of 1, oldest first; null = not measured. */
  readonly values: ReadonlyArray<number | null>;
  readonly label: string;
}) {
  if (values.every((value) => value === null)) {
    return <span className={classes.none} role="img" aria-label={label} title={label} />;
  }
  const path = curvePath(values, { width: size.width, height: size.height - 2 }, scaleOf(values, leastSpan));
  return (
    <svg
      className={classes.sparkline}
      width={size.width}
      height={size.height}
      viewBox={`0 -1 ${size.width} ${size.height}`}
      role="img"
      aria-label={label}
    >
      <path className={classes.line} d={path} />
    </svg>
  );
}

import { fingerprintGroups } from "../../../shared/format.ts";
import classes from "./clusters.module.css";

/** SHA-256 in eight groups of four bytes, two lines of four: the way a person compares. */
export function Fingerprint({
  value,
  strongEnd = false,
}: {
  readonly value: string;
  /** Marks the last group: the one that has to be typed. */
  readonly strongEnd?: boolean;
}) {
  const groups = fingerprintGroups(value);
  return (
    <code className={classes.fingerprint}>
      {groups.map((group, index) => (
        <span key={`${index}${group}`} data-strong={strongEnd && index === groups.length - 1}>
          {group}
        </span>
      ))}
    </code>
  );
}

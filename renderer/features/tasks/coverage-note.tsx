import { TriangleAlert } from "lucide-react";

import classes from "./tasks.module.css";

/** What is not in the list beside it: without this an empty list would lie. */
export function CoverageNote({ gaps }: { readonly gaps: readonly string[] }) {
  if (gaps.length === 0) return null;
  return (
    <div className={classes.gaps} role="status">
      <TriangleAlert size={14} aria-hidden className={classes.mark} />
      <ul>
        {gaps.map((gap) => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
    </div>
  );
}

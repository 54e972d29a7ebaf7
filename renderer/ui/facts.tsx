import classes from "./facts.module.css";

import type { ReactNode } from "react";

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

/** Label and value, line by line. */
export function Facts({ facts, columns = 1 }: { readonly facts: readonly Fact[]; readonly columns?: 1 | 2 }) {
  return (
    <dl className={classes.facts} data-columns={columns}>
      {facts.map((fact) => (
        <div key={fact.label} className={classes.fact}>
          <dt className={classes.label}>{fact.label}</dt>
          <dd className={classes.value}>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A setting: what it is on the left, its control on the right, a line of explanation below. */
export function FieldRow({
  label,
  hint,
  htmlFor,
  children,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  /** Id of the one control; without it the row is a group with the label as its name. */
  readonly htmlFor?: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={classes.row} {...(htmlFor === undefined ? { role: "group", "aria-label": label } : {})}>
      <div className={classes.rowText}>
        {htmlFor === undefined ? <span>{label}</span> : <label htmlFor={htmlFor}>{label}</label>}
        {hint === undefined ? null : <div className={classes.hint}>{hint}</div>}
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}

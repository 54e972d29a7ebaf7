import { useId } from "react";

import classes from "./page.module.css";

import type { ReactNode } from "react";

export interface PageProps {
  readonly title: string;
  /** Beside the title, dim: counts, state. */
  readonly aside?: ReactNode;
  /** Filters, left of the actions. */
  readonly filters?: ReactNode;
  /** At most one of them filled. */
  readonly actions?: ReactNode;
  /** `flush`: one table to the edges · `column`: text and forms in a readable width. */
  readonly layout?: "flush" | "column" | "padded";
  /** What stands beside the work: a Drawer or nothing. */
  readonly drawer?: ReactNode;
  readonly children: ReactNode;
}

/** A view: its title, filters and actions in one row, the work below, the drawer beside. */
export function Page({ title, aside, filters, actions, layout = "flush", drawer, children }: PageProps) {
  const titleId = useId();
  return (
    <section className={classes.page} aria-labelledby={titleId}>
      <div className={classes.main}>
        <div className={classes.header}>
          <h1 id={titleId} className={classes.title} title={title}>
            {title}
          </h1>
          {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
          <div className={classes.tools}>
            {filters}
            {actions}
          </div>
        </div>
        <div className={classes.work} data-layout={layout}>
          {layout === "column" ? <div className={classes.column}>{children}</div> : children}
        </div>
      </div>
      {drawer}
    </section>
  );
}

export interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a page: a heading over a hairline, no box. */
export function Section({ title, aside, actions, children }: SectionProps) {
  const titleId = useId();
  return (
    <section className={classes.section} aria-labelledby={titleId}>
      <div className={classes.sectionHeader}>
        <h2 id={titleId} className={classes.sectionTitle}>
          {title}
        </h2>
        {aside === undefined ? null : <div className={classes.aside}>{aside}</div>}
        {actions === undefined ? null : <div className={classes.tools}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}

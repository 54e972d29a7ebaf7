import { CircleHelp, type LucideIcon } from "lucide-react";

import classes from "./status-mark.module.css";

import type { ReactNode } from "react";

/** good · attention · bad · running (work is done) · quiet (nothing to do) · unknown (cannot tell: hatched). */
export type Tone = "good" | "attention" | "bad" | "running" | "quiet" | "unknown";

export interface StatusMarkProps {
  readonly tone: Tone;
  /** Its form alone must tell the state: colour only repeats it. */
  readonly icon?: LucideIcon;
  readonly children: ReactNode;
}

/** A state: icon and word side by side. */
export function StatusMark({ tone, icon, children }: StatusMarkProps) {
  const Icon = icon ?? CircleHelp;
  return (
    <span className={classes.mark} data-tone={tone}>
      <Icon className={classes.icon} size={14} strokeWidth={2} aria-hidden />
      <span className={classes.word}>{children}</span>
    </span>
  );
}

import { ActionIcon } from "@mantine/core";
import { X } from "lucide-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";

import classes from "./drawer.module.css";
import { t } from "./text.ts";

const narrowest = 420;
const widest = 640;
const step = 20;

export interface DrawerProps {
  readonly title: ReactNode;
  /** Under the title, dim. */
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  /** Width as left behind; the drawer keeps it between 420 and 640. */
  readonly width?: number;
  readonly onWidth?: (width: number) => void;
  readonly children: ReactNode;
}

/** The selected thing beside the list. Not a dialog: the list stays in use. Escape closes it. */
export function Drawer({ title, subtitle, actions, onClose, width, onWidth, children }: DrawerProps) {
  const titleId = useId();
  const [current, setCurrent] = useState(() => clamp(width ?? narrowest));
  const start = useRef<{ readonly x: number; readonly width: number } | null>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !hasDialog()) onClose();
    };
    // Before a dialog over the drawer hears of the key: without transitions it would be gone already, and the drawer go with it.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [onClose]);

  const resize = (next: number, keep: boolean) => {
    const clamped = clamp(next);
    setCurrent(clamped);
    if (keep) onWidth?.(clamped);
  };

  return (
    <aside className={classes.drawer} style={{ width: current }} aria-labelledby={titleId}>
      <div
        className={classes.handle}
        role="separator"
        aria-orientation="vertical"
        aria-label={t("ui.drawer.width")}
        aria-valuenow={current}
        aria-valuemin={narrowest}
        aria-valuemax={widest}
        tabIndex={0}
        onPointerDown={(event) => {
          start.current = { x: event.clientX, width: current };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (start.current !== null) resize(start.current.width + start.current.x - event.clientX, false);
        }}
        onPointerUp={() => {
          if (start.current !== null) resize(current, true);
          start.current = null;
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowLeft") resize(current + step, true);
          if (event.key === "ArrowRight") resize(current - step, true);
        }}
      />
      <div className={classes.header}>
        <div className={classes.titles}>
          <h2 id={titleId} className={classes.title}>
            {title}
          </h2>
          {subtitle === undefined ? null : <div className={classes.subtitle}>{subtitle}</div>}
        </div>
        {actions}
        <ActionIcon onClick={onClose} aria-label={t("ui.close")}>
          <X size={16} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes.body}>{children}</div>
    </aside>
  );
}

function clamp(width: number): number {
  return Math.min(widest, Math.max(narrowest, Math.round(width)));
}

/** A dialog above takes Escape for itself. The list of a closed choice stays in the page unseen. */
function hasDialog(): boolean {
  const above = document.querySelectorAll('[role="dialog"], [role="listbox"], [role="menu"]');
  return [...above].some((element) => element.checkVisibility());
}

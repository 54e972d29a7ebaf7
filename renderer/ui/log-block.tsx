import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

import { displayText } from "../../shared/display-text.ts";
import classes from "./log-block.module.css";

import type { LogLine } from "../../shared/job.ts";

export interface LogBlockProps {
  readonly label: string;
  readonly lines: readonly LogLine[];
  /** Stays at the end while lines come in. */
  readonly follow: boolean;
  /** Scrolling away pauses, scrolling to the end follows again. */
  readonly onFollow: (follow: boolean) => void;
  /** Marks this text wherever it stands; literal, not a pattern. */
  readonly mark?: string;
  /** Brings this line into sight. */
  readonly showLine?: number | null;
}

const lineHeight = 18;
/** So close to the end counts as the end: a fraction of a pixel must not pause. */
const endSlack = 4;

/** A log in mono with line numbers; any number of lines. */
export function LogBlock({ label, lines, follow, onFollow, mark, showLine }: LogBlockProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
    getItemKey: (index) => lines[index]?.n ?? index,
  });

  useEffect(() => {
    const element = scroller.current;
    if (follow && element !== null) element.scrollTop = element.scrollHeight;
  }, [follow, lines]);

  useEffect(() => {
    if (showLine == null) return;
    const index = lines.findIndex((line) => line.n === showLine);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: "center" });
  }, [showLine, lines, virtualizer]);

  return (
    <div
      ref={scroller}
      className={classes.log}
      role="log"
      aria-label={label}
      aria-live="off"
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        const atEnd = scrollHeight - scrollTop - clientHeight <= endSlack;
        if (atEnd !== follow) onFollow(atEnd);
      }}
    >
      <div className={classes.lines} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (line === undefined) return null;
          return (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={classes.line}
              data-shown={line.n === showLine}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span className={classes.number} aria-hidden>
                {line.n}
              </span>
              <span className={classes.text}>
                <Marked text={displayText(line.text)} {...(mark === undefined ? {} : { mark })} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Marked({ text, mark }: { readonly text: string; readonly mark?: string }) {
  if (mark === undefined || mark === "") return text;
  const at = text.toLowerCase().indexOf(mark.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className={classes.mark}>{text.slice(at, at + mark.length)}</mark>
      <Marked text={text.slice(at + mark.length)} mark={mark} />
    </>
  );
}

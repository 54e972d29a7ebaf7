import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

import { displayText } from "../../shared/display-text.ts";
import { lostLine } from "../../shared/job.ts";
import classes from "./log-block.module.css";
import { t } from "./text.ts";

export type LineTone = "plain" | "good" | "attention" | "bad";

export interface LogBlockProps {
  readonly label: string;
  /** Number of lines there are; not all of them need to be here. */
  readonly total: number;
  /** Text of line `n` (counted from 1), undefined while it is being read. */
  readonly text: (n: number) => string | undefined;
  /** Changes with each change of any text: what the virtual list cannot see by itself. */
  readonly version: number;
  readonly tone: (text: string) => LineTone;
  /** These lines (counted from 1) come into sight. */
  readonly onShow: (first: number, last: number) => void;
  /** Stays at the end while lines come in. */
  readonly follow: boolean;
  /** Scrolling up pauses, scrolling to the end follows again. */
  readonly onFollow: (follow: boolean) => void;
  /** Marks this text wherever it stands; literal, not a pattern. */
  readonly mark: string;
  /** Brings this line into sight. */
  readonly showLine: number | null;
}

const lineHeight = 18;
/** So close to the end counts as the end: a fraction of a pixel must not pause. */
const endSlack = 4;

/** A log in mono with line numbers; any number of lines. */
export function LogBlock(props: LogBlockProps) {
  const { total, follow, version, showLine, onShow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is off; the list is drawn anew at each scroll by design
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeight,
    overscan: 20,
  });
  const items = virtualizer.getVirtualItems();
  const size = virtualizer.getTotalSize();
  const first = (items[0]?.index ?? 0) + 1;
  const last = (items.at(-1)?.index ?? 0) + 1;

  useEffect(() => {
    if (total > 0) onShow(first, last);
  }, [onShow, first, last, total]);

  // The size is a dependency too: long lines wrap, which is known only after they were drawn.
  useEffect(() => {
    const element = scroller.current;
    if (follow && element !== null) element.scrollTop = element.scrollHeight;
  }, [follow, total, version, size]);

  useEffect(() => {
    if (showLine !== null) virtualizer.scrollToIndex(showLine - 1, { align: "center" });
  }, [showLine, virtualizer]);

  return (
    <div
      ref={scroller}
      className={classes.log}
      role="log"
      aria-label={props.label}
      aria-live="off"
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        const atEnd = scrollHeight - scrollTop - clientHeight <= endSlack;
        // Only a move upwards is the reader's: new lines make the end run away without any scrolling.
        if (follow && !atEnd && scrollTop < before.current) props.onFollow(false);
        if (!follow && atEnd && scrollTop > before.current) props.onFollow(true);
        before.current = scrollTop;
      }}
    >
      <div className={classes.lines} style={{ height: size }}>
        {items.map((item) => {
          const n = item.index + 1;
          const text = props.text(n);
          return (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={classes.line}
              data-tone={text === undefined ? "plain" : props.tone(text)}
              data-shown={n === showLine}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span className={classes.number} aria-hidden>
                {n}
              </span>
              <span className={classes.text}>
                {text === undefined ? "…" : <Marked text={shownLine(text)} mark={props.mark} />}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function shownLine(text: string): string {
  return text === lostLine ? t("job.log.lost") : displayText(text);
}

function Marked({ text, mark }: { readonly text: string; readonly mark: string }) {
  if (mark === "") return text;
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

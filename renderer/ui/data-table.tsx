import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";

import { gridTemplate, leastWidth, visibleColumns, type Column, type Sort } from "./data-table-columns.ts";
import { flatten, type GroupOf, type TableItem } from "./data-table-groups.ts";
import { DataTableHead } from "./data-table-head.tsx";
import { DataRow, GroupRow, type RowPlace } from "./data-table-row.tsx";
import classes from "./data-table.module.css";
import { EmptyState, FailedState, LoadingState } from "./empty-state.tsx";
import { useElementWidth, useRowHeight } from "./measure.ts";
import { useActiveRow } from "./use-active-row.ts";
import { useSortedRows } from "./use-sorted-rows.ts";

import type { AppError } from "../../shared/errors.ts";

export type { Column, Sort } from "./data-table-columns.ts";

export interface DataTableProps<T> {
  /** Name of the table for those who do not see it. */
  readonly label: string;
  readonly columns: ReadonlyArray<Column<T>>;
  readonly rows: readonly T[];
  rowKey(row: T): string;
  /** Enter, or a click on a row. */
  readonly onOpen?: (row: T) => void;
  /** The row that is open beside the table. */
  readonly selectedKey?: string | null;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** The rows come sorted (by the store); a click on a head only asks. */
  readonly sorted?: boolean;
  readonly groupOf?: GroupOf<T>;
  readonly phase?: "loading" | "ready" | "failed";
  readonly error?: AppError | null;
  readonly onRetry?: () => void;
  readonly empty: ReactNode;
  /** Dims a row: what it says is old, or it cannot be acted upon. */
  readonly isDim?: (row: T) => boolean;
  /** Called when the last rows come into sight: the next page of a window is wanted. */
  readonly onEnd?: () => void;
  /** `flow`: as high as its rows, inside a page that scrolls · `fill`: takes the room there is and scrolls itself. */
  readonly height?: "fill" | "flow";
}

/** The same as the token --table-head. */
const headHeight = 30;

/** Rows drawn beyond the visible ones, so that fast scrolling shows no gaps. */
const overscan = 12;

/** One dense table: sticky head and first column, sorting, keyboard rows, any number of rows. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, rowKey, sort, sorted = false, groupOf, phase = "ready", onOpen, onEnd } = props;
  const flow = props.height === "flow";
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const width = useElementWidth(scroller);
  const rowHeight = useRowHeight();
  const groups = useClosedGroups();

  const shown = useMemo(() => visibleColumns(columns, width), [columns, width]);
  const template = useMemo(() => gridTemplate(shown), [shown]);
  const minWidth = leastWidth(shown);
  const order = useSortedRows(rows, columns, sort, sorted);
  const items = useMemo(
    () => flatten(order, rowKey, groupOf, groups.closed),
    [order, rowKey, groupOf, groups.closed],
  );

  // oxlint-disable-next-line react/incompatible-library -- the React Compiler is off; the list is drawn anew at each scroll by design
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
    // The head stands above the rows and stays in sight: a row that is scrolled to must not end up behind it.
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    getItemKey: (index) => items[index]?.key ?? index,
    enabled: !flow,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const drawn = flow
    ? items.map((_item, index) => ({ index, start: index * rowHeight }))
    : virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start: start - headHeight }));
  const lastDrawn = drawn.at(-1)?.index ?? -1;
  useEffect(() => {
    if (phase === "ready" && items.length > 0 && lastDrawn >= items.length - 1) onEnd?.();
  }, [phase, items.length, lastDrawn, onEnd]);

  const openItem = (item: TableItem<T>) => {
    if (item.kind === "group") groups.toggle(item.key);
    else onOpen?.(item.row);
  };
  const active = useActiveRow({
    items,
    open: openItem,
    show: (index) => (flow ? undefined : virtualizer.scrollToIndex(index)),
    pageRows: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
  });
  const itemId = (key: string) => `${gridId}-${key}`;
  const activeIsDrawn = drawn.some(({ index }) => items[index]?.key === active.key);

  if (phase !== "ready" || items.length === 0) {
    return (
      <div className={classes.scroller} data-height={props.height ?? "fill"} ref={scroller}>
        <TableMessage {...props} />
      </div>
    );
  }
  return (
    <div
      className={classes.scroller}
      data-height={props.height ?? "fill"}
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={items.length + 1}
      aria-colcount={shown.length}
      {...(activeIsDrawn && active.key !== null ? { "aria-activedescendant": itemId(active.key) } : {})}
      onKeyDown={active.onKeyDown}
      onFocus={active.onFocus}
    >
      <DataTableHead
        columns={shown}
        template={template}
        minWidth={minWidth}
        sort={sort}
        onSort={props.onSort}
      />
      <div
        role="rowgroup"
        className={classes.body}
        style={{ minWidth, height: flow ? items.length * rowHeight : virtualizer.getTotalSize() }}
      >
        {drawn.map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const place: RowPlace = {
            id: itemId(item.key),
            index,
            start,
            height: rowHeight,
            template,
            active: item.key === active.key,
          };
          if (item.kind === "group") {
            return <GroupRow key={item.key} item={item} place={place} onToggle={groups.toggle} />;
          }
          return (
            <DataRow
              key={item.key}
              row={item.row}
              columns={shown}
              place={place}
              selected={props.selectedKey === item.key}
              dim={props.isDim?.(item.row) ?? false}
              {...(onOpen === undefined
                ? {}
                : {
                    onOpen: () => {
                      active.set(item.key);
                      onOpen(item.row);
                    },
                  })}
            />
          );
        })}
      </div>
    </div>
  );
}

function useClosedGroups() {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((key: string) => {
    setClosed((known) => {
      const next = new Set(known);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  return { closed, toggle };
}

/** What stands in place of rows: still reading, could not be read, or nothing there. */
function TableMessage<T>({
  phase,
  error,
  onRetry,
  empty,
}: Pick<DataTableProps<T>, "phase" | "error" | "onRetry" | "empty">) {
  if (phase === "loading") return <LoadingState />;
  if (phase === "failed" && error !== undefined && error !== null) {
    return <FailedState error={error} {...(onRetry === undefined ? {} : { onRetry })} />;
  }
  return typeof empty === "string" ? <EmptyState title={empty} /> : empty;
}

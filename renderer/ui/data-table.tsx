import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";

import { DataTableHead } from "./data-table-head.tsx";
import { gridTemplate, leastWidth, visibleColumns, type Column, type Sort } from "./data-table-columns.ts";
import classes from "./data-table.module.css";
import { EmptyState, FailedState, LoadingState } from "./empty-state.tsx";
import { flatten, type GroupOf, type TableItem } from "./data-table-groups.ts";
import { compareCells } from "./data-table-sort.ts";
import { useElementWidth, useRowHeight } from "./measure.ts";
import { t } from "./text.ts";

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

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** The same as the token --table-head. */
const headHeight = 30;

/** Rows drawn beyond the visible ones, so that fast scrolling shows no gaps. */
const overscan = 12;

/** One dense table: sticky head and first column, sorting, keyboard rows, any number of rows. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, rows, rowKey, sort, sorted = false, groupOf, phase = "ready", onEnd } = props;
  const gridId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const width = useElementWidth(scroller);
  const rowHeight = useRowHeight();
  const [closedGroups, setClosedGroups] = useState<ReadonlySet<string>>(new Set());
  const [activeKey, setActiveKey] = useState<string | null>(null);

  const shown = useMemo(() => visibleColumns(columns, width), [columns, width]);
  const template = useMemo(() => gridTemplate(shown), [shown]);
  const minWidth = leastWidth(shown);
  const order = useSortedRows(rows, columns, sort, sorted);
  const items = useMemo(
    () => flatten(order, rowKey, groupOf, closedGroups),
    [order, rowKey, groupOf, closedGroups],
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
    enabled: props.height !== "flow",
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const flow = props.height === "flow";
  const virtual = flow
    ? items.map((item, index) => ({ index, key: item.key, start: index * rowHeight }))
    : virtualizer
        .getVirtualItems()
        .map(({ index, key, start }) => ({ index, key, start: start - headHeight }));
  const lastSeen = virtual.at(-1)?.index ?? -1;
  useEffect(() => {
    if (phase === "ready" && items.length > 0 && lastSeen >= items.length - 1) onEnd?.();
  }, [phase, items.length, lastSeen, onEnd]);

  const toggleGroup = useCallback((key: string) => {
    setClosedGroups((closed) => {
      const next = new Set(closed);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);

  const activeIndex = activeKey === null ? -1 : items.findIndex((item) => item.key === activeKey);
  const activate = (index: number) => {
    const clamped = Math.min(items.length - 1, Math.max(0, index));
    const item = items[clamped];
    if (item === undefined) return;
    setActiveKey(item.key);
    if (!flow) virtualizer.scrollToIndex(clamped);
  };
  const openItem = (item: TableItem<T> | undefined) => {
    if (item === undefined) return;
    if (item.kind === "group") toggleGroup(item.key);
    else props.onOpen?.(item.row);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget) return;
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + pageRows,
      PageUp: activeIndex - pageRows,
      Home: 0,
      End: items.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) activate(target);
    else if (event.key === "Enter" || event.key === " ") openItem(items[activeIndex]);
    else return;
    event.preventDefault();
  };

  const body = () => {
    if (phase === "loading") return <LoadingState />;
    if (phase === "failed" && props.error !== undefined && props.error !== null) {
      return (
        <FailedState
          error={props.error}
          {...(props.onRetry === undefined ? {} : { onRetry: props.onRetry })}
        />
      );
    }
    if (items.length === 0)
      return typeof props.empty === "string" ? <EmptyState title={props.empty} /> : props.empty;
    return null;
  };
  const message = body();

  if (message !== null) {
    return (
      <div className={classes.scroller} data-height={props.height ?? "fill"} ref={scroller}>
        {message}
      </div>
    );
  }
  const itemId = (key: string) => `${gridId}-${key}`;
  return (
    // oxlint-disable-next-line jsx-a11y/aria-activedescendant-has-tabindex -- it has one
    <div
      className={classes.scroller}
      data-height={props.height ?? "fill"}
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={items.length + 1}
      aria-colcount={shown.length}
      {...(activeIndex >= 0 ? { "aria-activedescendant": itemId(activeKey ?? "") } : {})}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target === event.currentTarget && activeIndex < 0) activate(0);
      }}
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
        {virtual.map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const shared = {
            id: itemId(item.key),
            "aria-rowindex": index + 2,
            "data-active": item.key === activeKey,
            style: { transform: `translateY(${start}px)`, gridTemplateColumns: template, height: rowHeight },
          };
          if (item.kind === "group") {
            return (
              <div key={item.key} role="row" className={classes.group} {...shared}>
                <div role="gridcell" className={classes.groupCell}>
                  <button
                    type="button"
                    tabIndex={-1}
                    className={classes.groupButton}
                    aria-expanded={item.open}
                    onClick={() => toggleGroup(item.key)}
                  >
                    <span className={classes.chevron} data-open={item.open} aria-hidden />
                    {item.label}
                    <span className={classes.count}>{t("ui.count", { count: item.count })}</span>
                  </button>
                </div>
              </div>
            );
          }
          const selected = props.selectedKey === item.key;
          return (
            <div
              key={item.key}
              role="row"
              className={classes.row}
              aria-selected={selected}
              data-selected={selected}
              data-openable={props.onOpen !== undefined}
              data-dim={props.isDim?.(item.row) ?? false}
              onClick={(event) => {
                // A click on a control inside the row is the control's own.
                if ((event.target as Element).closest("button, a, input, label") !== null) return;
                setActiveKey(item.key);
                props.onOpen?.(item.row);
              }}
              {...shared}
            >
              {shown.map((column) => (
                <div
                  key={column.id}
                  role="gridcell"
                  className={classes.cell}
                  data-align={column.align ?? "start"}
                  {...(column.text === undefined ? {} : { title: column.text(item.row) })}
                >
                  {column.cell(item.row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Sorts by TanStack's model: what is not said comes last in both directions. */
function useSortedRows<T>(
  rows: readonly T[],
  columns: ReadonlyArray<Column<T>>,
  sort: Sort,
  sorted: boolean,
): readonly T[] {
  type Row = { readonly value: T };
  const data = useMemo(() => rows.map((value): Row => ({ value })), [rows]);
  const defs = useMemo(
    () =>
      columns.map((column): ColumnDef<typeof features, Row> => ({
        id: column.id,
        accessorFn: (row) => column.sort?.(row.value) ?? undefined,
        sortUndefined: "last",
        sortFn: (a, b, id) => compareCells(a.getValue(id), b.getValue(id)),
      })),
    [columns],
  );
  const sorting = useMemo<SortingState>(
    () => (sorted ? [] : [{ id: sort.column, desc: sort.descending }]),
    [sorted, sort.column, sort.descending],
  );
  const table = useTable({ features, data, columns: defs, state: { sorting }, manualSorting: sorted });
  const model = sorted ? table.getCoreRowModel() : table.getRowModel();
  return useMemo(() => model.rows.map((row) => row.original.value), [model]);
}

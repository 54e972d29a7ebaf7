import type { ReactNode } from "react";

export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** `end` for numbers. */
  readonly align?: "start" | "end";
  /** Width in px; with `grow` the least width. */
  readonly width: number;
  /** Share of the room that is left over; absent = fixed. */
  readonly grow?: number;
  /** Left out while the table is narrower than this, px. */
  readonly hideBelow?: number;
  /** What the column is sorted by; null = not said, always last. Absent = cannot be sorted. */
  readonly sort?: (row: T) => string | number | null;
  readonly cell: (row: T) => ReactNode;
  /** The full text, where the cell may be cut. */
  readonly text?: (row: T) => string;
  /** A first click sorts downwards (sizes, times). */
  readonly descendingFirst?: boolean;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export function visibleColumns<T>(
  columns: ReadonlyArray<Column<T>>,
  width: number,
): ReadonlyArray<Column<T>> {
  // Before the first measurement everything counts as visible: a table is drawn once at most with too many columns.
  return columns.filter(
    (column) => width === 0 || column.hideBelow === undefined || width >= column.hideBelow,
  );
}

export function gridTemplate<T>(columns: ReadonlyArray<Column<T>>): string {
  const grows = columns.some((column) => column.grow !== undefined);
  const tracks = columns.map((column) =>
    column.grow === undefined ? `${column.width}px` : `minmax(${column.width}px, ${column.grow}fr)`,
  );
  return grows ? tracks.join(" ") : `${tracks.join(" ")} 1fr`;
}

/** Narrower than this the table scrolls sideways under its first column. */
export function leastWidth<T>(columns: ReadonlyArray<Column<T>>): number {
  return columns.reduce((sum, column) => sum + column.width, 0);
}

/** A click on a head: the other direction where it is sorted by already, else the column's own first one. */
export function nextSort<T>(column: Column<T>, sort: Sort): Sort {
  if (sort.column === column.id) return { column: column.id, descending: !sort.descending };
  return { column: column.id, descending: column.descendingFirst ?? false };
}

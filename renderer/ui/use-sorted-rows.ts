import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useMemo } from "react";

import { compareCells } from "./data-table-sort.ts";

import type { Column, Sort } from "./data-table-columns.ts";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** Sorts by TanStack's model, unless the rows come sorted: what is not said comes last in both directions. */
export function useSortedRows<T>(
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

import { ArrowDown, ArrowUp } from "lucide-react";

import { nextSort, type Column, type Sort } from "./data-table-columns.ts";
import classes from "./data-table.module.css";

interface DataTableHeadProps<T> {
  readonly columns: ReadonlyArray<Column<T>>;
  readonly template: string;
  readonly minWidth: number;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

export function DataTableHead<T>({ columns, template, minWidth, sort, onSort }: DataTableHeadProps<T>) {
  return (
    <div role="rowgroup" className={classes.head} style={{ minWidth }}>
      <div role="row" aria-rowindex={1} className={classes.headRow} style={{ gridTemplateColumns: template }}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            className={classes.headCell}
            data-align={column.align ?? "start"}
            {...(column.sort === undefined ? {} : { "aria-sort": ariaSort(column, sort) })}
          >
            {column.sort === undefined ? (
              <span className={classes.headText}>{column.header}</span>
            ) : (
              <button
                type="button"
                className={classes.headButton}
                onClick={() => onSort(nextSort(column, sort))}
              >
                <span className={classes.headText}>{column.header}</span>
                <SortArrow column={column} sort={sort} />
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function ariaSort<T>(column: Column<T>, sort: Sort): "ascending" | "descending" | "none" {
  if (sort.column !== column.id) return "none";
  return sort.descending ? "descending" : "ascending";
}

function SortArrow<T>({ column, sort }: { readonly column: Column<T>; readonly sort: Sort }) {
  if (sort.column !== column.id) return null;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return <Arrow size={12} aria-hidden className={classes.arrow} />;
}

import classes from "./data-table.module.css";
import { t } from "./text.ts";

import type { MouseEvent } from "react";
import type { Column } from "./data-table-columns.ts";
import type { TableItem } from "./data-table-groups.ts";

/** Where a row stands among all rows, drawn or not. */
export interface RowPlace {
  readonly id: string;
  readonly index: number;
  /** Distance from the first row, px. */
  readonly start: number;
  readonly height: number;
  readonly template: string;
  readonly active: boolean;
}

function rowProps({ id, index, start, height, template, active }: RowPlace) {
  return {
    id,
    // The head is row 1.
    "aria-rowindex": index + 2,
    "data-active": active,
    style: { transform: `translateY(${start}px)`, gridTemplateColumns: template, height },
  };
}

export interface DataRowProps<T> {
  readonly row: T;
  readonly columns: ReadonlyArray<Column<T>>;
  readonly place: RowPlace;
  readonly selected: boolean;
  readonly dim: boolean;
  readonly onOpen?: () => void;
}

export function DataRow<T>({ row, columns, place, selected, dim, onOpen }: DataRowProps<T>) {
  const onClick = (event: MouseEvent<HTMLElement>) => {
    // A click on a control inside the row is the control's own.
    if ((event.target as Element).closest("button, a, input, label") === null) onOpen?.();
  };
  return (
    <div
      role="row"
      className={classes.row}
      aria-selected={selected}
      data-selected={selected}
      data-openable={onOpen !== undefined}
      data-dim={dim}
      onClick={onClick}
      {...rowProps(place)}
    >
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={classes.cell}
          data-align={column.align ?? "start"}
          {...(column.text === undefined ? {} : { title: column.text(row) })}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

export interface GroupRowProps<T> {
  readonly item: Extract<TableItem<T>, { kind: "group" }>;
  readonly place: RowPlace;
  readonly onToggle: (key: string) => void;
}

export function GroupRow<T>({ item, place, onToggle }: GroupRowProps<T>) {
  return (
    <div role="row" className={classes.group} {...rowProps(place)}>
      <div role="gridcell" className={classes.groupCell}>
        <button
          type="button"
          tabIndex={-1}
          className={classes.groupButton}
          aria-expanded={item.open}
          onClick={() => onToggle(item.key)}
        >
          <span className={classes.chevron} data-open={item.open} aria-hidden />
          {item.label}
          <span className={classes.count}>{t("ui.count", { count: item.count })}</span>
        </button>
      </div>
    </div>
  );
}

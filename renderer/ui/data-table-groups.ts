import { compareCells } from "./data-table-sort.ts";

import type { ReactNode } from "react";

export interface Group {
  readonly key: string;
  /** Groups stand in this order. */
  readonly order: string;
  readonly label: ReactNode;
}
export type GroupOf<T> = (row: T) => Group;

export type TableItem<T> =
  | { readonly kind: "row"; readonly key: string; readonly row: T }
  | {
      readonly kind: "group";
      readonly key: string;
      readonly label: ReactNode;
      readonly count: number;
      readonly open: boolean;
    };

/** Rows in the order given, gathered under the heads of their groups; rows of closed groups are left out. */
export function flatten<T>(
  rows: readonly T[],
  rowKey: (row: T) => string,
  groupOf: GroupOf<T> | undefined,
  closed: ReadonlySet<string>,
): ReadonlyArray<TableItem<T>> {
  const asItem = (row: T): TableItem<T> => ({ kind: "row", key: rowKey(row), row });
  if (groupOf === undefined) return rows.map(asItem);
  const groups = new Map<string, { readonly group: Group; readonly rows: T[] }>();
  for (const row of rows) {
    const group = groupOf(row);
    const known = groups.get(group.key);
    if (known === undefined) groups.set(group.key, { group, rows: [row] });
    else known.rows.push(row);
  }
  const ordered = [...groups.values()].toSorted((a, b) => compareCells(a.group.order, b.group.order));
  return ordered.flatMap((entry): ReadonlyArray<TableItem<T>> => {
    // A prefix of its own, so that a group can never have a row's key.
    const key = `group:${entry.group.key}`;
    const open = !closed.has(key);
    const head: TableItem<T> = {
      kind: "group",
      key,
      label: entry.group.label,
      count: entry.rows.length,
      open,
    };
    return open ? [head, ...entry.rows.map(asItem)] : [head];
  });
}

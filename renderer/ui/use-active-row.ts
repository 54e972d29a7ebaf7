import { useState, type FocusEvent, type KeyboardEvent } from "react";

import { nextActive } from "./active-row.ts";

import type { TableItem } from "./data-table-groups.ts";

export interface ActiveRowOptions<T> {
  readonly items: ReadonlyArray<TableItem<T>>;
  readonly open: (item: TableItem<T>) => void;
  /** Brings a row into sight. */
  readonly show: (index: number) => void;
  readonly pageRows: () => number;
}

/** The row that the keyboard is at. The focus itself stays on the table, so that it survives rows that scroll away. */
export function useActiveRow<T>({ items, open, show, pageRows }: ActiveRowOptions<T>) {
  const [key, setKey] = useState<string | null>(null);
  const index = key === null ? -1 : items.findIndex((item) => item.key === key);

  const activate = (target: number) => {
    const item = items[target];
    if (item === undefined) return;
    setKey(item.key);
    show(target);
  };

  return {
    key: index < 0 ? null : key,
    set: setKey,
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (event.target !== event.currentTarget) return;
      const target = nextActive(event.key, index, items.length, pageRows());
      const current = items[index];
      if (target !== null) activate(target);
      else if ((event.key === "Enter" || event.key === " ") && current !== undefined) open(current);
      else return;
      event.preventDefault();
    },
    onFocus(event: FocusEvent<HTMLElement>) {
      if (event.target === event.currentTarget && index < 0) activate(0);
    },
  };
}

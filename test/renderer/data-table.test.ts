import { describe, expect, test } from "vitest";

import {
  gridTemplate,
  leastWidth,
  nextSort,
  visibleColumns,
  type Column,
} from "../../renderer/ui/data-table-columns.ts";
import { nextActive } from "../../renderer/ui/active-row.ts";
import { flatten } from "../../renderer/ui/data-table-groups.ts";
import { compareCells } from "../../renderer/ui/data-table-sort.ts";

const column = (id: string, differs: Partial<Column<string>> = {}): Column<string> => ({
  id,
  header: id,
  width: 100,
  cell: (row) => row,
  ...differs,
});

describe("columns", () => {
  const columns = [column("a", { grow: 2 }), column("b", { hideBelow: 600 }), column("c")];

  test("leave when there is no room for them, and all stand before the room is known", () => {
    expect([0, 599, 600].map((width) => visibleColumns(columns, width).length)).toEqual([3, 2, 3]);
  });

  test("share the room that is left over, and never get narrower than their least width", () => {
    expect(gridTemplate(columns)).toBe("minmax(100px, 2fr) 100px 100px");
    expect(gridTemplate([column("a")])).toBe("100px 1fr");
    expect(leastWidth(columns)).toBe(300);
  });

  test("turn their direction at the second click, and begin with the one that fits them", () => {
    const size = column("size", { descendingFirst: true });
    const first = nextSort(size, { column: "name", descending: false });
    expect([first, nextSort(size, first)]).toEqual([
      { column: "size", descending: true },
      { column: "size", descending: false },
    ]);
  });
});

describe("groups", () => {
  const groupOf = (row: string) => ({ key: row.slice(0, 1), order: row.slice(0, 1), label: row.slice(0, 1) });
  const keys = (closed: readonly string[]) =>
    flatten(["b2", "a1", "b1", "a10"], (row) => row, groupOf, new Set(closed)).map((item) =>
      item.kind === "group" ? `${item.key}:${item.count}` : item.key,
    );

  test("gather rows under their heads in the groups' own order and keep the rows' order", () => {
    expect(keys([])).toEqual(["group:a:2", "a1", "a10", "group:b:2", "b2", "b1"]);
  });

  test("that are closed still say how many they hold", () => {
    expect(keys(["group:a"])).toEqual(["group:a:2", "group:b:2", "b2", "b1"]);
  });

  test("are not needed", () => {
    expect(flatten(["x"], (row) => row, undefined, new Set())).toEqual([{ kind: "row", key: "x", row: "x" }]);
  });
});

test("numbers are compared as numbers, names with the numbers in them", () => {
  expect([10, 9, 100].toSorted(compareCells)).toEqual([9, 10, 100]);
  expect(["web-10", "Web-9", "db"].toSorted(compareCells)).toEqual(["db", "Web-9", "web-10"]);
});

test("keys move between rows, never beyond the first and the last", () => {
  const move = (key: string, index: number) => nextActive(key, index, 50, 20);
  expect([move("ArrowDown", -1), move("ArrowDown", 49), move("ArrowUp", 0), move("ArrowUp", 7)]).toEqual([
    0, 49, 0, 6,
  ]);
  expect([
    move("PageDown", 10),
    move("PageDown", 40),
    move("PageUp", 5),
    move("Home", 9),
    move("End", 9),
  ]).toEqual([30, 49, 0, 0, 49]);
  expect([move("a", 3), nextActive("End", -1, 0, 20)]).toEqual([null, null]);
});

import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  amountField,
  flagField,
  mapOf,
  maybeFlagField,
  numberField,
  plainTextField,
  propertyString,
  requiredInteger,
  rowsOf,
  textField,
  timeField,
  wordsField,
} from "../../electron/proxmox/schema.ts";

function read(schema: z.ZodType, value: unknown): unknown {
  return z.object({ it: schema }).parse(value === undefined ? {} : { it: value }).it;
}

describe("a number of a server", () => {
  it.each([
    [12, 12],
    ["12", 12],
    ["12.5", 12.5],
    ["-3", -3],
    ["0.01", 0.01],
    [undefined, null],
    [null, null],
    ["", null],
    ["12G", null],
    ["0x10", null],
    ["1e999", null],
    [Number.POSITIVE_INFINITY, null],
    [{}, null],
    [[1], null],
    [true, null],
  ])("%j is %j", (value, wanted) => {
    expect(read(numberField, value)).toBe(wanted);
  });

  it("is not a size where it is negative", () => {
    expect(read(amountField, -1)).toBeNull();
    expect(read(amountField, "0")).toBe(0);
  });

  it("written 1e999 in JSON is not known, not endless", () => {
    expect(read(amountField, JSON.parse("1e999"))).toBeNull();
  });
});

describe("an id", () => {
  it.each([
    [100, 100],
    ["100", 100],
    [0, 0],
    [-1, -1],
  ])("%j is %j", (value, wanted) => {
    expect(requiredInteger.parse(value)).toBe(wanted);
  });

  it.each(["0100", 1.5, "1.5", 2 ** 53 + 2, "99999999999999999999", "", " 100", null, undefined, {}, true])(
    "%j is none",
    (value) => {
      expect(requiredInteger.safeParse(value).success).toBe(false);
    },
  );
});

describe("a yes or no", () => {
  it.each([
    [1, true],
    ["1", true],
    [true, true],
    [0, false],
    ["0", false],
    [false, false],
    ["", false],
    [undefined, false],
    [null, false],
    ["maybe", false],
  ])("%j is %j", (value, wanted) => {
    expect(read(flagField, value)).toBe(wanted);
  });

  it("may also be not said", () => {
    expect(read(maybeFlagField, undefined)).toBeNull();
    expect(read(maybeFlagField, "maybe")).toBeNull();
    expect(read(maybeFlagField, 0)).toBe(false);
  });
});

describe("a time", () => {
  it.each([
    [1795185481, 1795185481000],
    ["1795185481", 1795185481000],
    [0, null],
    [-5, null],
    [1795185481000, null],
    ["soon", null],
    [undefined, null],
  ])("%j is %j", (value, wanted) => {
    expect(read(timeField, value)).toBe(wanted);
  });
});

describe("a text", () => {
  it("of 10 MB is cut", () => {
    expect(String(read(textField, "x".repeat(10_000_000)))).toHaveLength(65_536);
  });

  it("may be a number, and nothing else", () => {
    expect(read(textField, 8)).toBe("8");
    expect(read(textField, { a: 1 })).toBeNull();
    expect(read(plainTextField, null)).toBe("");
  });

  it("with words in it is split at commas, semicolons and spaces", () => {
    expect(read(wordsField, "lab;web, x  y")).toEqual(["lab", "web", "x", "y"]);
    expect(read(wordsField, undefined)).toEqual([]);
  });
});

describe("a list", () => {
  const rows = rowsOf(z.object({ id: requiredInteger }));

  it("counts the rows that do not fit and keeps the others", () => {
    expect(rows.parse([{ id: 1 }, { id: "x" }, null, [], { id: "2", more: {} }])).toEqual({
      rows: [{ id: 1 }, { id: 2 }],
      bad: 3,
    });
  });

  it.each([null, undefined, {}, "[]", 0, true])("is not %j", (value) => {
    expect(rows.safeParse(value).success).toBe(false);
  });
});

describe("a foreign object", () => {
  it("cannot give its keys to ours", () => {
    const value = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x","a":1}',
    ) as unknown;
    const map = mapOf.parse(value);
    expect(map.get("a")).toBe(1);
    const row = z.object({ a: numberField }).parse(value);
    expect(Object.keys(row)).toEqual(["a"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((row as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([null, [], "x", 1])("is not %j", (value) => {
    expect(mapOf.safeParse(value).success).toBe(false);
  });
});

describe("a property string", () => {
  it("gives its first part to the default key", () => {
    expect([...propertyString("local:100/disk.raw,size=8G,backup=0", "volume")]).toEqual([
      ["volume", "local:100/disk.raw"],
      ["size", "8G"],
      ["backup", "0"],
    ]);
  });
});

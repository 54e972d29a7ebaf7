import { describe, expect, it } from "vitest";
import { z } from "zod";

import { readPermissions } from "../../electron/proxmox/pve/access.ts";
import { listResources } from "../../electron/proxmox/pve/cluster.ts";
import { countSnapshots, readGuestConfig } from "../../electron/proxmox/pve/guests.ts";
import { readNodeStatus } from "../../electron/proxmox/pve/nodes.ts";
import { rowsOf } from "../../electron/proxmox/schema.ts";
import { listBackups, readStorageStatus } from "../../electron/proxmox/pve/storage.ts";
import { displayText } from "../../shared/display-text.ts";
import { canPower } from "../../shared/guest.ts";
import { isPlausibleTime } from "../../shared/format.ts";
import { failureOf, never } from "../proxmox/test-server.ts";
import { guest, guestsIn, refusalOf, saying, sayingJson } from "./lab.ts";

const place = { node: "pve1", storage: "local" };
const vm = { node: "pve1", vmid: 100, type: "qemu" } as const;

describe("the shape of JSON", () => {
  it.each([
    ["null", null],
    ["a list", []],
    ["a text", "x"],
    ["a number", 0],
    ["true", true],
  ])("30 %s in place of an object is refused by everything that reads one", async (_name, data) => {
    const reads = [
      readNodeStatus(await sayingJson({ data }), place, never),
      readStorageStatus(await sayingJson({ data }), place, never),
      readGuestConfig(await sayingJson({ data }), vm, never),
      readPermissions(await sayingJson({ data }), {}, never),
    ];
    for (const read of reads) expect((await failureOf(read)).code).toBe("server.badAnswer");
  });

  it.each(["null", "{}", '""', "0", '"[]"', '{"0":{}}'])(
    "30 %s in place of a list is never an empty one",
    async (data) => {
      const { session } = await saying(`{"data":${data}}`);
      expect((await refusalOf(session)).code).toBe("server.badAnswer");
      expect((await failureOf(listBackups(session, place, never))).code).toBe("server.badAnswer");
      expect((await failureOf(countSnapshots(session, vm, never))).code).toBe("server.badAnswer");
    },
  );

  it("30 privileges of a wrong shape are refused: an account is not told that it may nothing", async () => {
    for (const data of [{ "/": "all" }, { "/": null }, { "/": ["Sys.Audit"] }]) {
      const reading = readPermissions(await sayingJson({ data }), {}, never);
      expect((await failureOf(reading)).code).toBe("server.badAnswer");
    }
  });

  it.each(["[]", '"data"', "1", "true", "null", "-0", '[{"data":[]}]'])(
    "31 %s on top is no answer",
    async (body) => {
      const { session } = await saying(body);
      expect((await refusalOf(session)).code).toBe("server.badAnswer");
    },
  );

  it.each([
    [1, true],
    ["1", true],
    [true, true],
    [0, false],
    ["0", false],
    [false, false],
  ])("32 %j is a yes or no in Perl and in Rust", async (template, wanted) => {
    const { guests } = await guestsIn([guest("100", { template })]);
    expect(guests[0]).toMatchObject({ vmid: 100, template: wanted });
  });

  it("32 privileges are numbers in PVE and true or false in PBS", async () => {
    const data = { "/": { a: 1, b: 0, c: "1", d: "0", e: true, f: false } };
    const all = (await readPermissions(await sayingJson({ data }), {}, never)).get("/");
    expect([...(all ?? [])]).toEqual([
      ["a", true],
      ["b", false],
      ["c", true],
      ["d", false],
      ["e", true],
      ["f", false],
    ]);
  });

  it.each([0, -1, 99, 1e9])(
    "33 the impossible id %j is listed, and nothing can be done with it",
    async (vmid) => {
      const { guests, bad } = await guestsIn([guest(vmid)]);
      expect(bad).toBe(0);
      expect(guests[0]?.conflict).toBe(true);
      expect(guests.map((row) => canPower({ ...row, status: "running" }, "stop"))).toEqual([false]);
    },
  );

  it.each([1.5, "0100", "9007199254740993", null, {}, "x"])(
    "33 the unreadable id %j is counted and hides no other",
    async (vmid) => {
      const { guests, bad } = await guestsIn([guest(vmid), guest(101)]);
      expect([guests.length, bad]).toEqual([1, 1]);
    },
  );

  it("33 an id beyond what JSON's numbers hold is not silently another one", async () => {
    const { session } = await saying('{"data":[{"type":"qemu","vmid":9007199254740993,"node":"pve1"}]}');
    expect(await listResources(session, {}, never)).toMatchObject({ guests: [], bad: 1 });
  });

  it.each(["-1", "1e999", '""', '"12G"', "null", "{}", '"NaN"', "true"])(
    "34 the size %s is unknown, not nothing",
    async (size) => {
      const { session } = await saying(
        `{"data":[{"type":"qemu","vmid":100,"node":"pve1","maxmem":${size}}]}`,
      );
      expect((await listResources(session, {}, never)).guests[0]?.maxMemory).toBeNull();
    },
  );

  it("34 NaN is no JSON", async () => {
    const { session } = await saying('{"data":[{"maxmem":NaN}]}');
    expect((await refusalOf(session)).details.params).toMatchObject({ reason: "json" });
  });

  it("35 a storage that reports zeros or less than nothing has no known room", async () => {
    const room = async (data: object) => await readStorageStatus(await sayingJson({ data }), place, never);
    expect(await room({ active: 1, total: 0, used: 0, avail: 0 })).toMatchObject({ total: null, used: null });
    expect(await room({ active: 1, total: 10, used: 20, avail: -10 })).toMatchObject({
      total: 10,
      used: 20,
      available: null,
    });
  });

  it.each([0, -5, 1795185481000, 253402300799, "soon"])(
    "36 the time %j is unknown or implausible",
    async (ctime) => {
      const session = await sayingJson({ data: [{ volid: "local:backup/a", ctime }] });
      const at = (await listBackups(session, place, never)).rows[0]?.createdAt ?? null;
      expect(at === null || !isPlausibleTime(at, Date.now())).toBe(true);
    },
  );

  it("37 of a key that stands twice the last counts, as everywhere in JSON", async () => {
    const { session } = await saying(
      '{"data":null,"data":[{"type":"qemu","vmid":1,"vmid":100,"node":"pve1"}]}',
    );
    expect((await listResources(session, {}, never)).guests.map((row) => row.vmid)).toEqual([100]);
  });

  it("37 a guest that is reported twice is marked each time", async () => {
    const { guests } = await guestsIn([guest(100), guest(100), guest(101), guest("100", { type: "lxc" })]);
    expect(guests.map((row) => row.conflict)).toEqual([true, true, false, true]);
  });

  it("37 a volume that is listed twice is one copy, and the list says that it is not sound", async () => {
    const row = {
      volid: "local:backup/vzdump-lxc-101-2026_11_20-14_38_01.tar.zst",
      vmid: 101,
      ctime: 1795185481,
    };
    const session = await sayingJson({ data: [row, { ...row, size: 5 }] });
    const { rows, bad } = await listBackups(session, place, never);
    expect([rows.length, bad]).toEqual([1, 1]);
  });

  it("38 keys of every object stay the server's, at each depth", async () => {
    const evil =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":1}';
    const { session } = await saying(
      `{"__proto__":{"polluted":1},"data":[{"type":"qemu","vmid":100,"node":"pve1","x":${evil}}]}`,
    );
    expect((await listResources(session, {}, never)).guests).toHaveLength(1);
    const config = await saying(`{"data":{"name":"a","__proto__":{"polluted":1,"lock":"x"},"net0":${evil}}}`);
    expect(await readGuestConfig(config.session, vm, never)).toMatchObject({ name: "a", lock: null });
    const rights = await saying(`{"data":{"__proto__":{"Sys.Audit":1},"/":{"__proto__":1}}}`);
    expect((await readPermissions(rights.session, {}, never)).get("/")?.has("polluted")).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([5000, 200_000])("39 %i brackets are refused before anything walks them", async (depth) => {
    const { session } = await saying(`{"data":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    expect((await refusalOf(session)).code).toBe("server.badAnswer");
  });

  it("40 a million rows are too many at once", async () => {
    const { session } = await saying(`{"data":[${'{"type":"qemu","vmid":100},'.repeat(1_000_000)}0]}`);
    expect((await refusalOf(session)).code).toBe("server.tooLarge");
  });

  it("40 of a million rows that do not fit a thousand are looked at, then the answer is refused", () => {
    let looks = 0;
    const nothing = z.unknown().refine(() => {
      looks += 1;
      return false;
    });
    const rows = Array.from({ length: 1_000_000 }, () => 0);
    expect(rowsOf(nothing).safeParse(rows).success).toBe(false);
    expect(looks).toBe(1001);
  });

  it("40 a thousand rows that do not fit do not hide the one that does", async () => {
    const { guests, bad } = await guestsIn([
      ...Array.from({ length: 1000 }, () => ({ type: "qemu" })),
      guest(100),
    ]);
    expect([guests.length, bad]).toEqual([1, 1000]);
  });

  it("41 of a note of 10 MB 64 kB are kept", async () => {
    const session = await sayingJson({ data: [{ volid: "local:backup/a", notes: "n".repeat(10_000_000) }] });
    const [row] = (await listBackups(session, place, never)).rows;
    expect(row?.notes).toHaveLength(65_536);
    expect(displayText(row?.notes ?? "").endsWith("…")).toBe(true);
  });

  it("43 words that nobody knows are kept as they are", async () => {
    const { guests, storages, bad } = await guestsIn([
      guest(100, { status: "prelaunch", lock: "new-kind", hastate: "dreaming" }),
      { type: "hyperspace", id: "x" },
      {
        type: "storage",
        node: "pve1",
        storage: "s",
        plugintype: "quantum",
        status: "odd",
        content: "backup,new",
      },
    ]);
    expect(guests[0]).toMatchObject({ status: "prelaunch", lock: "new-kind", ha: "dreaming" });
    expect(storages[0]).toMatchObject({ type: "quantum", available: false, content: ["backup", "new"] });
    expect(bad).toBe(0);
  });

  it("44 half of a pair and NUL are kept as they came and shown harmless", async () => {
    const { session } = await saying(
      '{"data":[{"type":"qemu","vmid":100,"node":"pve1","name":"a\\ud800b\\u0000c"}]}',
    );
    const name = (await listResources(session, {}, never)).guests[0]?.name ?? "";
    expect(name).toBe("a\ud800b\0c");
    expect(displayText(name)).toBe("a\uFFFDbc");
  });
});

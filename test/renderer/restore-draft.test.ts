import { describe, expect, test } from "vitest";

import {
  doubtsOf,
  asInBackup,
  macsCollide,
  nameFits,
  newRestoreDraft,
  parseVmid,
  restoreInput,
  restoreProblem,
  targetOptions,
  type RestoreNode,
  type RestoreOffer,
} from "../../renderer/features/restore/restore-draft.ts";
import { operations } from "../../shared/operations.ts";

function aStorage(storage: string, available: number | null) {
  return { storage, type: "lvmthin", available, total: 1000 };
}

function aNode(differs: Partial<RestoreNode> = {}): RestoreNode {
  return {
    node: "pve1",
    online: true,
    readable: true,
    storages: [aStorage("fast", 10), aStorage("big", 500)],
    ...differs,
  };
}

function anOffer(differs: Partial<RestoreOffer> = {}): RestoreOffer {
  return {
    vmid: 116,
    name: "web-1",
    guestType: "qemu",
    sourceVmid: 101,
    sourceRunning: true,
    createdAt: 0,
    size: 1,
    nodes: [aNode()],
    disks: [{ key: "scsi0", storage: "fast", size: "8G" }],
    memory: null,
    cores: null,
    ...differs,
  };
}

test("the proposal is a new guest beside the original: free id, new addresses, not started, disks as in the backup", () => {
  expect(newRestoreDraft(anOffer(), "pve1")).toEqual({
    vmid: "116",
    name: "web-1",
    node: "pve1",
    targetStorage: null,
    start: false,
    unique: true,
  });
});

test("where the backup's storage is missing, the roomiest one is proposed and the old one cannot be chosen", () => {
  const offer = anOffer({ disks: [{ key: "scsi0", storage: "gone", size: null }] });
  const draft = newRestoreDraft(offer, "pve1");
  expect(draft.targetStorage).toBe("big");
  expect(restoreProblem(offer, { ...draft, targetStorage: null }, true)).toBe("target");
  const words = {
    asInBackup: "As in the backup",
    missing: (names: readonly string[]) => `lacks ${names.join()}`,
  };
  expect(targetOptions(offer, offer.nodes[0], words)[0]).toMatchObject({
    value: asInBackup,
    problem: "lacks gone",
  });
});

test("a backup that names no disks is not restored to storages that nobody knows", () => {
  expect(newRestoreDraft(anOffer({ disks: [] }), "pve1").targetStorage).toBe("big");
});

test("only nodes that are up and can read the backup do it; the backup's own node first", () => {
  const offer = anOffer({
    nodes: [
      aNode({ node: "a", online: false }),
      aNode({ node: "b", readable: false }),
      aNode({ node: "c" }),
      aNode({ node: "d" }),
    ],
  });
  expect(newRestoreDraft(offer, "d").node).toBe("d");
  expect(newRestoreDraft(offer, "a").node).toBe("c");
  const nowhere = anOffer({ nodes: [aNode({ online: false })] });
  expect(restoreProblem(nowhere, newRestoreDraft(nowhere, "pve1"), true)).toBe("node");
});

test("an id is a plain number from 100 to 999999999", () => {
  expect(["100", " 999999999 "].map(parseVmid)).toEqual([100, 999_999_999]);
  expect(["99", "0100", "1e3", "100.0", "-100", "", "1000000000", "abc"].map(parseVmid)).toEqual(
    Array.from({ length: 8 }, () => null),
  );
});

test("nothing starts with an id that is taken or that the cluster has not called free", () => {
  const offer = anOffer();
  const draft = newRestoreDraft(offer, "pve1");
  expect(restoreProblem(offer, draft, null)).toBe("vmidUnchecked");
  expect(restoreProblem(offer, draft, false)).toBe("vmidTaken");
  expect(restoreProblem(offer, { ...draft, vmid: "9" }, true)).toBe("vmid");
  expect(restoreProblem(offer, draft, true)).toBe(null);
});

test("names are DNS names or empty", () => {
  expect(["", "web-1", "a.b-c.d", "X"].every(nameFits)).toBe(true);
  expect(["-a", "a-", "a_b", "a b", "ä", "a..b", "x".repeat(64)].some(nameFits)).toBe(false);
});

test("kept addresses are a risk exactly while the original runs", () => {
  const draft = newRestoreDraft(anOffer(), "pve1");
  expect(macsCollide(anOffer(), draft)).toBe(false);
  expect(macsCollide(anOffer(), { ...draft, unique: false })).toBe(true);
  expect(macsCollide(anOffer({ sourceRunning: false }), { ...draft, unique: false })).toBe(false);
});

test("whatever the form lets through is accepted by the operation", () => {
  const draft = newRestoreDraft(anOffer(), "pve1");
  const input = {
    clusterId: "berlin",
    node: draft.node,
    storage: "nas",
    volid: "nas:backup/vzdump-qemu-101-2026_11_21-01_00_00.vma.zst",
    vmid: parseVmid(draft.vmid),
    draft: "d",
    ...restoreInput(draft),
  };
  expect(operations["restore.run"].input.safeParse(input).success).toBe(true);
});

describe("what is odd about a backup is said", () => {
  const now = Date.UTC(2026, 10, 27);
  const createdAt = Date.UTC(2026, 10, 20, 13, 38, 1);
  const sound = { createdAt, size: 5, sourceVmid: 100 };
  const file = "local:backup/vzdump-qemu-100-2026_11_20-14_38_01.vma.zst";
  const snapshot = "pbs:backup/vm/100/2026-11-20T13:38:01Z";

  test("and nothing is, where all fits: a file's name has the node's own time, a snapshot's has UTC", () => {
    for (const volid of [file, snapshot, "local:backup/renamed.vma.zst"])
      expect(doubtsOf(sound, volid, now)).toEqual([]);
  });

  test.each([
    [{ createdAt: 0 }, file, ["time"]],
    [{ createdAt: Date.UTC(9999, 0) }, file, ["time"]],
    [{ createdAt: createdAt - 3 * 86_400_000 }, file, ["otherTime"]],
    [{ createdAt: createdAt - 3 * 86_400_000 }, snapshot, ["otherTime"]],
    [{ size: null }, file, ["size"]],
    [{ sourceVmid: 101 }, file, ["otherGuest"]],
    [{ sourceVmid: null }, snapshot, ["otherGuest"]],
    [{ createdAt: 0, size: null }, "local:backup/renamed.vma.zst", ["time", "size"]],
  ] as const)("%j of %s: %j", (differs, volid, doubts) => {
    expect(doubtsOf({ ...sound, ...differs }, volid, now)).toEqual(doubts);
  });
});

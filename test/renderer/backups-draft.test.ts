import { expect, test } from "vitest";

import {
  backupInput,
  draftProblem,
  judgeRoom,
  limitWays,
  newBackupDraft,
  unknownVariables,
  type BackupOffer,
  type StorageOffer,
} from "../../renderer/features/backups/backup-draft.ts";
import { isUnnamed, pathOf, summarize } from "../../renderer/features/backups/coverage.ts";
import { noteText } from "../../renderer/features/backups/note-text.ts";
import { coverageSchema, type Coverage } from "../../shared/backup.ts";
import { operations } from "../../shared/operations.ts";

function aStorageOffer(differs: Partial<StorageOffer> = {}): StorageOffer {
  return {
    storage: "nas",
    type: "nfs",
    available: 100,
    total: 1000,
    compressionApplies: true,
    problem: null,
    limit: null,
    mayKeepAll: false,
    protectedLimit: null,
    ...differs,
  };
}

function anOffer(differs: Partial<BackupOffer> = {}): BackupOffer {
  return {
    storages: [aStorageOffer(), aStorageOffer({ storage: "pbs", available: 900, compressionApplies: false })],
    defaults: { mode: "suspend", compress: "lzo", storage: null },
    notes: true,
    protect: true,
    lastSize: null,
    lastSeconds: null,
    ...differs,
  };
}

const reached = { max: 3, copies: 3, reached: true } as const;

test("the dialog proposes the server's default storage, else the usable one with the most room", () => {
  const proposed = (offer: BackupOffer) => newBackupDraft(offer).storage;
  expect(proposed(anOffer())).toBe("pbs");
  expect(proposed(anOffer({ defaults: { mode: "stop", compress: "0", storage: "nas" } }))).toBe("nas");
  const full = anOffer({
    storages: [aStorageOffer(), aStorageOffer({ storage: "pbs", problem: "inactive" })],
  });
  expect(proposed(full)).toBe("nas");
  expect(proposed(anOffer({ storages: [aStorageOffer({ problem: "noRight" })] }))).toBe(null);
});

test("mode and compression start as the node has them, but never uncompressed by mere absence of a setting", () => {
  expect(newBackupDraft(anOffer())).toMatchObject({ mode: "suspend", compress: "lzo" });
  const bare = anOffer({ defaults: { mode: "snapshot", compress: "0", storage: null } });
  expect(newBackupDraft(bare).compress).toBe("zstd");
});

test("a reached limit stops the dialog until one of the account's own ways is chosen", () => {
  const storage = aStorageOffer({ limit: reached, mayKeepAll: true });
  const offer = anOffer({ storages: [storage] });
  const draft = newBackupDraft(offer);
  expect(limitWays(offer, storage)).toEqual(["keepAll", "protect"]);
  expect(draftProblem(offer, draft)).toBe("limitUndecided");
  expect(draftProblem(offer, { ...draft, limitWay: "keepAll" })).toBe(null);
  expect(backupInput(offer, { ...draft, limitWay: "keepAll" })).toMatchObject({
    keepAll: true,
    protect: false,
  });
  expect(backupInput(offer, { ...draft, limitWay: "protect" })).toMatchObject({
    keepAll: false,
    protect: true,
  });
  expect(draftProblem(offer, { ...draft, protect: true })).toBe(null);
});

test("an account that may neither lift the limit nor protect another copy can only stop", () => {
  const storage = aStorageOffer({ limit: reached, protectedLimit: { max: 5, copies: 5 } });
  const offer = anOffer({ storages: [storage] });
  const draft = { ...newBackupDraft(offer), protect: true };
  expect(limitWays(offer, storage)).toEqual([]);
  expect(draftProblem(offer, draft)).toBe("limitUndecided");
  expect(draftProblem(offer, { ...draft, limitWay: "keepAll" })).toBe("limitUndecided");
  expect(draftProblem(offer, { ...draft, limitWay: "protect" })).toBe("limitUndecided");
});

test("keep-all is sent only where the limit is reached and it was chosen for this storage", () => {
  const offer = anOffer();
  const draft = { ...newBackupDraft(offer), storage: "nas", limitWay: "keepAll" as const };
  expect(backupInput(offer, draft).keepAll).toBe(false);
});

test("what does not apply is not sent: note and protection of old servers, compression of a backup server", () => {
  const offer = anOffer({ notes: false, protect: false });
  const draft = {
    ...newBackupDraft(offer),
    storage: "pbs",
    note: "x",
    protect: true,
    compress: "gzip" as const,
  };
  expect(backupInput(offer, draft)).toEqual({
    storage: "pbs",
    mode: "suspend",
    compress: "lzo",
    note: "",
    protect: false,
    keepAll: false,
  });
});

test("whatever the dialog lets through is accepted by the operation", () => {
  const offer = anOffer();
  const input = {
    clusterId: "berlin",
    node: "pve1",
    vmid: 101,
    draft: "d",
    ...backupInput(offer, newBackupDraft(offer)),
  };
  expect(operations["backups.run"].input.safeParse(input).success).toBe(true);
});

test("a note may name the server's four variables and no other, and is one line", () => {
  const offer = anOffer();
  const draft = newBackupDraft(offer);
  expect(unknownVariables("{{guestname}} of {{vmid}} on {{node}} in {{cluster}}")).toEqual([]);
  expect(unknownVariables("{{date}} {{vmid}} {{ node }}")).toEqual(["date", " node "]);
  expect(draftProblem(offer, { ...draft, note: "{{date}}" })).toBe("unknownVariable");
  expect(draftProblem(offer, { ...draft, note: "a\nb" })).toBe("noteLines");
  expect(draftProblem(offer, { ...draft, note: "x".repeat(901) })).toBe("noteTooLong");
});

test("the room is judged against the newest copy, and only where both are known", () => {
  expect([judgeRoom(10, 11), judgeRoom(11, 11), judgeRoom(null, 11), judgeRoom(10, null)]).toEqual([
    "tight",
    "enough",
    "unknown",
    "unknown",
  ]);
});

test("notes are shown without our trace, and only without that", () => {
  expect(noteText("web-1 [pxm:01JD4X7Q0M2V00000000000001]")).toBe("web-1");
  expect(noteText("[pxm:01JD4X7Q0M2V00000000000001]")).toBe("");
  expect(noteText("[pxm:short] stays")).toBe("[pxm:short] stays");
});

function aCoverage(differs: Partial<Omit<Coverage, "clusterId">>): Coverage {
  return coverageSchema.parse({
    clusterId: "berlin",
    storage: "nas",
    node: "pve1",
    state: "read",
    privilege: null,
    seenAt: 2000,
    ...differs,
  });
}

test("coverage counts the storages, tells the gaps worst first and is as old as its oldest reading", () => {
  const summary = summarize([
    aCoverage({}),
    aCoverage({ storage: "local", seenAt: 1000 }),
    aCoverage({ storage: "local", node: "pve2", state: "partial", privilege: "VM.Backup" }),
    aCoverage({ storage: "odd", state: "unreadable" }),
    aCoverage({ storage: "off", state: "unreachable", seenAt: 5 }),
    aCoverage({ storage: "*", node: "*", state: "mayNotSee", privilege: "Datastore.Audit", seenAt: null }),
  ]);
  expect(summary).toMatchObject({ count: 5, read: 2, asOf: 1000 });
  expect(summary.gaps.map((gap) => gap.storage)).toEqual(["off", "*", "odd", "local"]);
  expect(summary.gaps.map(pathOf)).toEqual(["/storage/off", "/storage", "/storage/odd", "/vms"]);
  expect(summary.gaps.map(isUnnamed)).toEqual([false, true, false, false]);
});

test("a list that nobody has read yet has no age", () => {
  expect(summarize([])).toEqual({ count: 0, read: 0, gaps: [], asOf: null });
});

import { describe, expect, it } from "vitest";

import { guessKind } from "../../electron/progress/guess-kind.ts";
import { exitOfLastLine } from "../../electron/progress/saved-log.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { operationOf } from "../../electron/progress/operation.ts";
import type { Progress } from "../../shared/progress.ts";
import { kindOfFixture, print, readFixtures } from "./reference.ts";

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const fixtures = readFixtures();

/** Stands for a text that has this in it. */
const like = (part: string | RegExp): string => expect.stringMatching(part) as string;

interface Reading {
  /** Before the end was told. */
  readonly running: Progress;
  readonly ended: Progress;
}

function readFixture(name: string, options: Parameters<typeof createTaskReader>[1] = {}): Reading {
  const lines = fixtures.get(name) ?? [];
  const reader = createTaskReader(kindOfFixture(name), options);
  for (const line of lines) reader.push(line);
  const running = reader.read();
  const exit = exitOfLastLine(lines.at(-1) ?? "");
  if (exit !== null) reader.end(exit);
  return { running, ended: reader.read() };
}

/** What each log must tell once its task has ended. */
const told: Readonly<Record<string, object>> = {
  "vzdump-vm-dirty-bitmap": {
    percent: 100,
    bytesDone: 4 * GIB,
    bytesTotal: 4 * GIB,
    bytesExact: false,
    durationSeconds: 70,
    guestsExpected: 1,
    archive: "vm/4001/2026-02-01T00:00:00Z",
    commandLine: like(/\[pxm:01TESTTRACE\]/),
    final: { status: "ok", text: "OK" },
    guests: [
      {
        vmid: 4001,
        type: "qemu",
        name: "ledger",
        status: "ok",
        mode: "snapshot",
        durationSeconds: 70,
        elapsedSeconds: 63,
        reusedBytes: 92 * GIB,
        reusedPercent: 95,
        excluded: ["scsi2"],
      },
    ],
  },
  "vzdump-vm-clean-bitmap": {
    percent: 100,
    bytesDone: 0,
    bytesTotal: 0,
    guests: [{ vmid: 4002, status: "ok", reusedPercent: 100, durationSeconds: 2 }],
  },
  "vzdump-vm-fleecing-warnings": {
    final: { status: "warnings", text: "WARNINGS: 1", warnings: 1 },
    warnings: ["error removing fleecing image 'fast:vm-4003-fleece-0' - lvremove failed"],
    warningCount: 1,
    archiveSize: 3_328_599_654,
    guests: [{ vmid: 4003, status: "ok", archiveSizeText: "3.10GB" }],
  },
  "vzdump-three-guests-one-lost": {
    percent: 100,
    guestsExpected: 3,
    waitingForLock: false,
    durationSeconds: 60,
    error: "job failed with err -5 - Input/output error",
    final: { status: "failed", text: "job errors" },
    guests: [
      {
        vmid: 51,
        type: "lxc",
        status: "ok",
        mode: "suspend",
        excluded: ["mp0"],
        bytesDone: 1_181_116_416,
        bytesExact: true,
      },
      { vmid: 52, type: "qemu", status: "failed", percent: 40, durationSeconds: 19, archiveSize: null },
      { vmid: 53, type: "qemu", status: "ok", percent: 100, durationSeconds: 10 },
    ],
  },
  "vzdump-pruning-fails-after-data": {
    guests: [
      { vmid: 60, status: "failed", error: "error pruning backups - check log", archiveSizeText: "11MB" },
    ],
  },
  "vzdump-stopped-by-hand": {
    final: { status: "aborted", text: "interrupted by signal" },
    guestsExpected: 2,
    guests: [{ vmid: 70, status: "aborted", percent: 7, error: "interrupted by signal" }],
  },
  "vzdump-vm-status-units": {
    bytesTotal: 10 * GIB,
    guests: [{ vmid: 80, status: "ok", percent: 100, elapsedSeconds: 95, durationSeconds: 97 }],
  },
  "vzdump-ct-metadata-change-detection": {
    highestPercent: null,
    bytesTotal: null,
    guests: [
      {
        vmid: 90,
        type: "lxc",
        status: "ok",
        percent: null,
        bytesDone: 24.5 * GIB + 10 * MIB,
        reusedPercent: 99.6,
      },
    ],
  },
  "vzdump-ct-first-clients": {
    guests: [{ vmid: 91, status: "ok", bytesDone: 482 * MIB, reusedPercent: 75 }],
  },
  "vzdump-provider": {
    final: null,
    currentVmid: 95,
    percent: 99,
    step: { code: "copying", params: {} },
    elapsedSeconds: 3723,
    guests: [{ vmid: 95, status: "running", archive: "backup-95-1777586400" }],
  },
  "qmrestore-two-disks-server": {
    percent: 100,
    bytesDone: 3 * GIB,
    bytesTotal: 3 * GIB,
    bytesExact: true,
    archive: "vm/200/2026-01-01T00:00:00Z",
    guests: [{ vmid: 300, type: "qemu", status: "ok" }],
  },
  "qmrestore-two-devices-archive": {
    bytesTotal: GIB,
    bytesExact: true,
    archive: "/srv/dumps/dump/vzdump-qemu-301-2026_01_01-00_00_00.vma.lzo",
    guests: [{ vmid: 302, status: "ok", durationSeconds: 11 }],
  },
  "qmrestore-live": {
    percent: 75,
    bytesTotal: 5 * GIB,
    final: { status: "failed", text: "live-restore failed" },
    guests: [{ vmid: 303, status: "failed", error: "block job (stream) error: VM 303 not running" }],
  },
  "vzrestore-archive": {
    bytesTotal: 1_181_116_416,
    highestPercent: null,
    guests: [{ vmid: 305, type: "lxc", status: "ok" }],
  },
  "vzrestore-missing-volume": {
    guests: [{ vmid: 306, type: "lxc", status: "failed", error: like(/^volume /) }],
  },
  "qmclone-two-disks": { percent: 100, bytesTotal: 5 * GIB, highestTotal: 4 * GIB, guests: [] },
  "qmmove-offline": { percent: 100, bytesTotal: 10 * GIB, guests: [{ vmid: 401, status: "ok" }] },
  "qmmove-mirror-error": {
    percent: 12.5,
    guests: [{ vmid: 402, status: "failed", disk: "drive-virtio0", error: like("cancelled") }],
  },
  "vzmove-volume": {
    bytesTotal: 1_234_567_890,
    bytesDone: 1_234_000_000,
    guests: [{ vmid: 403, type: "lxc", status: "ok" }],
  },
  "qmigrate-with-disks": {
    bytesTotal: 14 * GIB,
    durationSeconds: 135,
    guests: [{ vmid: 500, status: "ok", target: "beta", downtimeMs: 81 }],
  },
  "qmigrate-problems": {
    final: { status: "failed", text: "migration problems" },
    error: "VM 501 qmp command 'cont' failed - got timeout",
    guests: [{ vmid: 501, target: "beta", durationSeconds: 12 }],
  },
  "vzmigrate-offline": {
    bytesTotal: 2 * GIB,
    bytesDone: 1.5 * GIB,
    guests: [{ vmid: 502, type: "lxc", status: "ok", target: "gamma" }],
  },
  "qmsnapshot-ram": {
    bytesTotal: 4 * GIB,
    highestPercent: null,
    guests: [{ vmid: 600, status: "ok", durationSeconds: 63 }],
  },
  "qmsnapshot-failed": {
    looksComplete: false,
    guests: [
      { vmid: 601, status: "failed", error: "unable to save VM state and RAM - qemu_savevm_state error" },
    ],
  },
  "pbs-verify-bad-chunk": {
    percent: 100,
    guestsExpected: 3,
    durationSeconds: 33,
    bytesDone: 612 * MIB,
    guests: [
      { vmid: 90, type: "ct", status: "ok" },
      { vmid: 4001, type: "vm", status: "failed", error: "chunk 0123456789abcdef was marked as corrupt" },
    ],
  },
  "pbs-gc": {
    percent: 100,
    final: { status: "warnings", text: "WARNINGS: 1", warnings: 1 },
    warnings: [like(/^unable to access non-existent chunk /)],
  },
  "pbs-prune": { warnings: [like(/^failed to remove dir /)], highestPercent: null },
  "pbs-sync-pull": {
    percent: 100,
    bytesDone: 1.5 * GIB,
    guestsExpected: 2,
    warnings: ["sync group ct/90 failed - connection reset"],
  },
  "pbs-backup-vanished": {
    guests: [
      { vmid: 4001, type: "vm", status: "failed", error: "backup ended but finished flag is not set." },
    ],
  },
  "pbs-backup-ok": { bytesDone: 524_288_000, guests: [{ vmid: 90, type: "ct", status: "ok" }] },
  "pbs-reader": { durationSeconds: 30, guests: [{ vmid: 4001, type: "vm", status: "ok" }] },
  startall: {
    guests: [
      { vmid: 701, type: "qemu", status: "unknown" },
      { vmid: 702, type: "lxc", status: "failed", error: "CT is locked (backup)" },
    ],
  },
  suspendall: {
    guests: [
      { vmid: 703, status: "unknown" },
      { vmid: 704, status: "skipped" },
    ],
  },
  imgcopy: { bytesTotal: 1.5 * GIB, bytesExact: false, percent: 100 },
  download: { highestPercent: 62, bytesTotal: 10 * MIB, percent: 100 },
  power: { final: null, guests: [], logState: "lines", linesRead: 0 },
};

describe("each shape of log", () => {
  it("has an expectation", () => {
    print(`own task logs: ${fixtures.size}`);
    expect(Object.keys(told).toSorted()).toEqual([...fixtures.keys()].toSorted());
  });

  it.each(Object.entries(told))("%s", (name, expected) => {
    expect(readFixture(name).ended).toMatchObject(expected);
  });

  it("is recognised by its words alone", () => {
    for (const [name, lines] of fixtures) {
      if (lines.length === 0) continue;
      const guess = operationOf(guessKind(lines));
      const operation = operationOf(kindOfFixture(name));
      expect([name, guess]).toEqual([name, operation]);
    }
  });
});

/** Percentages, as read after each line. */
function percents(name: string, options: Parameters<typeof createTaskReader>[1] = {}): (number | null)[] {
  const reader = createTaskReader(kindOfFixture(name), options);
  return (fixtures.get(name) ?? []).map((line) => {
    reader.push(line);
    const { percent } = reader.read();
    return percent === null ? null : Math.round(percent * 10) / 10;
  });
}

describe("percentages", () => {
  const steps = (name: string, options?: Parameters<typeof createTaskReader>[1]): number[] => [
    ...new Set(percents(name, options).filter((percent) => percent !== null)),
  ];

  it("of a job count finished guests and the present one's part", () => {
    expect(steps("vzdump-three-guests-one-lost")).toEqual([0, 33.3, 46.7, 66.7, 100]);
  });

  it("of a restore from a backup server run over all disks, not once for each", () => {
    expect(steps("qmrestore-two-disks-server")).toEqual([25, 50, 60, 100]);
  });

  it("of a clone need the number of disks; without it there is none", () => {
    expect(steps("qmclone-two-disks", { disks: 2 })).toEqual([12.5, 50, 75, 100]);
    expect(steps("qmclone-two-disks")).toEqual([]);
    expect(readFixture("qmclone-two-disks").running.percent).toBeNull();
  });

  it("of a garbage collection are half marking, half sweeping", () => {
    expect(steps("pbs-gc")).toEqual([25, 50, 55, 99.5]);
  });

  it("of a migration leave the end to the end", () => {
    expect(steps("qmigrate-with-disks").at(-1)).toBe(99);
  });

  it("of a container do not exist before its end", () => {
    expect(readFixture("vzdump-ct-metadata-change-detection").running.percent).toBeNull();
    expect(readFixture("vzdump-ct-metadata-change-detection").ended.percent).toBe(100);
  });
});

describe("while it runs", () => {
  const readUntil = (name: string, mark: string): Progress => {
    const reader = createTaskReader(kindOfFixture(name));
    for (const line of fixtures.get(name) ?? []) {
      reader.push(line);
      if (line.includes(mark)) break;
    }
    return reader.read();
  };

  it("tells that it waits for the node's lock, and no longer", () => {
    expect(readUntil("vzdump-three-guests-one-lost", "trying to get global lock")).toMatchObject({
      waitingForLock: true,
      step: { code: "waiting-for-lock" },
      commandLine: null,
    });
    expect(readUntil("vzdump-three-guests-one-lost", "got global lock").waitingForLock).toBe(false);
  });

  it("tells the guest at work, its speed and how long its data has flowed", () => {
    expect(readUntil("vzdump-three-guests-one-lost", " 40% (")).toMatchObject({
      currentVmid: 52,
      rate: Math.round(341.3 * MIB),
      elapsedSeconds: 12,
      step: { code: "copying" },
    });
  });

  it("reckons a container's speed from what its client tells each minute", () => {
    const { rate, bytesDone } = readUntil("vzdump-ct-metadata-change-detection", "processed 20.5 GiB");
    expect(bytesDone).toBe(20.5 * GIB);
    expect(rate).toBeCloseTo((10.5 * GIB) / 60, 0);
  });

  it("counts a guest whose end the log lost as unknown, never as saved", () => {
    const reader = createTaskReader("vzdump");
    for (const line of (fixtures.get("vzdump-vm-dirty-bitmap") ?? []).slice(0, 20)) reader.push(line);
    reader.end("OK");
    expect(reader.read().guests.map((guest) => guest.status)).toEqual(["unknown"]);
  });

  it("does not take a line for the end that only looks like one", () => {
    const reader = createTaskReader("vzdump");
    reader.push("INFO: Starting Backup of VM 5 (lxc)");
    reader.push("TASK OK");
    reader.push("INFO: TASK ERROR: job errors");
    expect(reader.read()).toMatchObject({ final: null, guests: [{ status: "running" }] });
  });
});

describe("verdicts on a guest", () => {
  it("are believed only with the level vzdump gives them", () => {
    const reader = createTaskReader("vzdump");
    reader.push("INFO: Starting Backup of VM 5 (lxc)");
    reader.push("INFO: Backup of VM 5 failed - says a hook");
    reader.push("Finished Backup of VM 5 (00:00:01)");
    expect(reader.read().guests).toMatchObject([{ vmid: 5, status: "running", error: null }]);
    reader.push("INFO: Finished Backup of VM 5 (00:00:01)");
    expect(reader.read().guests).toMatchObject([{ vmid: 5, status: "ok" }]);
  });
});

describe("what the server says instead of a log", () => {
  it("is told apart from a log", () => {
    const gone = createTaskReader("vzdump");
    gone.push("unable to open file - No such file or directory");
    const empty = createTaskReader("qmstart");
    empty.push("no content");
    const lines = createTaskReader("vzdump");
    lines.push("INFO: no content");
    lines.push("no content");
    expect([gone, empty, lines].map((reader) => reader.read().logState)).toEqual(["gone", "empty", "lines"]);
  });
});

it("joins an error of several lines and ends it with the next other line", () => {
  const reader = createTaskReader("vzdump");
  reader.push("INFO: Starting Backup of VM 7 (lxc)");
  reader.push("ERROR: Backup of VM 7 failed - no snapshot, because:");
  reader.push("ERROR: read timeout");
  reader.push("ERROR: ");
  reader.push("INFO: Failed at 2026-01-01 00:00:00");
  reader.push("ERROR: not of this guest");
  expect(reader.read().guests[0]?.error).toBe("no snapshot, because:\nread timeout");
});

it("gives a single-guest task the guest its UPID names", () => {
  const reader = createTaskReader("qmshutdown", { vmid: 42 });
  reader.end("VM quit/powerdown failed - got timeout");
  expect(reader.read().guests).toMatchObject([
    { vmid: 42, status: "failed", error: "VM quit/powerdown failed - got timeout" },
  ]);
});

it("trusts the caller's number of guests over the command line's", () => {
  const reader = createTaskReader("vzdump", { guestsExpected: 4 });
  reader.push("INFO: starting new backup job: vzdump 1 2 --quiet 1");
  reader.push("INFO: skip external VMs: 2");
  expect(reader.read().guestsExpected).toBe(4);
});

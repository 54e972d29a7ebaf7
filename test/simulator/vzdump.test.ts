import { describe, expect, it } from "vitest";
import { AUDITOR, OPERATOR } from "../../simulator/credentials.ts";
import { logIn, rows, texts, upidOf } from "./client.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

const LIMIT =
  "There is a max backup limit of 1 enforced by the target storage or the vzdump parameters. Either increase the limit or delete old backup(s).";

describe("a backup", () => {
  it("of a VM locks it, writes percentages over time and leaves a copy with its notes", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const started = await admin.post("/nodes/pve1/vzdump", {
      vmid: 100,
      storage: "nas",
      compress: "zstd",
      remove: 0,
      "notes-template": "{{guestname}} on {{node}}\\npxm:1",
    });
    const upid = encodeURIComponent(upidOf(started));
    expect((await admin.get(`/nodes/pve1/tasks/${upid}/status`)).body?.data).toMatchObject({
      status: "running",
      type: "vzdump",
      id: "100",
    });
    expect((await admin.get("/nodes/pve1/qemu/100/status/current")).body?.data).toMatchObject({
      lock: "backup",
    });
    expect(texts(await admin.get(`/nodes/pve1/tasks/${upid}/log`))[0]).toBe(
      "INFO: starting new backup job: vzdump 100 --storage nas --compress zstd --remove 0 --notes-template '{{guestname}} on {{node}}\\npxm:1' --node pve1",
    );
    simulator.setSpeed(300);
    const task = await ended(started);
    expect(task.exit).toBe("OK");
    const percents = task.lines
      .flatMap((line) => /^INFO: +(\d+)% \(\S+ \w+ of 8\.0 GiB\) in /.exec(line)?.[1] ?? [])
      .map(Number);
    expect(percents.length).toBeGreaterThan(5);
    expect(percents).toEqual(percents.toSorted((left, right) => left - right));
    expect(percents.at(-1)).toBe(100);
    expect((await admin.get("/nodes/pve1/qemu/100/status/current")).body?.data).not.toHaveProperty("lock");
    const made = rows(
      await admin.get("/nodes/pve1/storage/nas/content", { content: "backup", vmid: 100 }),
    ).at(-1);
    expect(made).toMatchObject({ subtype: "qemu", format: "vma.zst", notes: "app on pve1" });
    const whole = await admin.get(
      `/nodes/pve1/storage/nas/content/${encodeURIComponent(String(made?.["volid"]))}`,
    );
    expect(whole.body?.data).toMatchObject({ notes: "app on pve1\npxm:1", protected: 0 });
  });

  it("of a container shows no percentage, and on a Backup Server the client's lines", async () => {
    const { admin, ended } = await house();
    const onNas = await ended(
      await admin.post("/nodes/pve1/vzdump", { vmid: 102, storage: "nas", compress: "zstd" }),
    );
    expect(onNas.lines.filter((line) => line.includes("%"))).toEqual([]);
    expect(onNas.lines).toContainEqual(
      expect.stringMatching(/^INFO: Total bytes written: \d+ \(2\.8GiB, \d+MiB\/s\)$/),
    );
    const onPbs = await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 102, storage: "pbs" }));
    expect(onPbs.lines).toContainEqual(
      expect.stringMatching(
        /^INFO: root\.pxar: had to backup .* of .* \(compressed .*\) in .* s \(average .*\/s\)$/,
      ),
    );
  });

  it("of a VM to a Backup Server reads only what changed once there is a dirty bitmap", async () => {
    const { admin, ended } = await house();
    const first = await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "pbs" }));
    expect(first.lines).toContain("INFO: scsi0: dirty-bitmap status: created new");
    const second = await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "pbs" }));
    expect(second.lines).toContainEqual(
      expect.stringMatching(
        /^INFO: using fast incremental mode \(dirty-bitmap\), .* dirty of 8\.0 GiB total$/,
      ),
    );
  });

  it("of several guests goes on after one failed and ends in `job errors`", async () => {
    const { admin, ended } = await house();
    const task = await ended(await admin.post("/nodes/pve1/vzdump", { vmid: "102,777,100", storage: "pbs" }));
    expect(task.id).toBe("");
    expect(task.exit).toBe("job errors");
    const ends = task.lines.flatMap(
      (line) => /^(?:INFO: Finished|ERROR:) Backup of VM (\d+)/.exec(line)?.[1] ?? [],
    );
    expect(ends).toEqual(["100", "102", "777"]);
  });

  it("is answered `OK` without a task when none of the guests is on that node", async () => {
    const { simulator, admin } = await house();
    expect((await admin.post("/nodes/pve1/vzdump", { vmid: 103, storage: "nas" })).body?.data).toBe("OK");
    expect(simulator.ledger.tasks()).toEqual([]);
  });

  it("to an unknown or unreachable storage starts a task that fails before any guest", async () => {
    const { admin, ended } = await house();
    expect(
      (await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nosuch" }))).lines,
    ).toEqual([
      "TASK ERROR: could not get storage information for 'nosuch': storage 'nosuch' does not exist",
    ]);
    expect(
      (await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "old-nas" }))).exit,
    ).toMatch(/^could not activate storage 'old-nas'/);
  });
});

describe("the backup limit of a keep rule", () => {
  it("refuses a further copy with remove=0 and names the limit", async () => {
    const { admin, ended } = await house();
    const task = await ended(
      await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "local", remove: 0 }),
    );
    expect(task.exit).toBe("job errors");
    expect(task.lines).toContain(`ERROR: Backup of VM 100 failed - ${LIMIT}`);
    expect(task.lines.some((line) => line.startsWith("INFO: Starting Backup"))).toBe(false);
  });

  it("is lifted by keep-all, which needs Datastore.Allocate, and by protecting the copy", async () => {
    const { simulator, admin, ended } = await house();
    const operator = await logIn(simulator, OPERATOR);
    const wish = { vmid: 100, storage: "local", remove: 0 };
    const refused = await operator.post("/nodes/pve1/vzdump", { ...wish, "prune-backups": "keep-all=1" });
    expect([refused.status, refused.reason]).toEqual([
      403,
      "Permission check failed (/storage/local, Datastore.Allocate)",
    ]);
    expect((await ended(await operator.post("/nodes/pve1/vzdump", { ...wish, protected: 1 }))).exit).toBe(
      "OK",
    );
    expect(
      (await ended(await admin.post("/nodes/pve1/vzdump", { ...wish, "prune-backups": "keep-all=1" }))).exit,
    ).toBe("OK");
    expect(rows(await admin.get("/nodes/pve1/storage/local/content", { content: "backup" }))).toHaveLength(3);
  });

  it("is the sum of the keep numbers and does not apply when older copies are pruned", async () => {
    const { simulator, admin, ended } = await house();
    simulator.control.setStoragePrune("local", "keep-last=1,keep-daily=1");
    expect(
      (await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "local", remove: 0 }))).exit,
    ).toBe("OK");
    expect(
      (
        await ended(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "local", remove: 0 }))
      ).lines.join(),
    ).toContain("limit of 2");
    const pruned = await ended(
      await admin.post("/nodes/pve1/vzdump", {
        vmid: 100,
        storage: "local",
        remove: 1,
        "prune-backups": "keep-last=1",
      }),
    );
    expect(pruned.lines.filter((line) => line.startsWith("INFO: removing backup 'local:"))).toHaveLength(2);
    expect(rows(await admin.get("/nodes/pve1/storage/local/content", { content: "backup" }))).toHaveLength(1);
  });

  it("stops at five protected copies without Datastore.Allocate", async () => {
    const { simulator, ended } = await house();
    const operator = await logIn(simulator, OPERATOR);
    const exits: (string | null)[] = [];
    for (let count = 0; count < 6; count += 1) {
      exits.push(
        (
          await ended(
            await operator.post("/nodes/pve1/vzdump", { vmid: 101, storage: "nas", remove: 0, protected: 1 }),
          )
        ).exit,
      );
    }
    expect(exits).toEqual(["OK", "OK", "OK", "OK", "OK", "job errors"]);
  });
});

describe("the vzdump lock", () => {
  it("makes a second backup on the node wait, silent about its command, and lets it go on afterwards", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const first = await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    const second = await admin.post("/nodes/pve1/vzdump", { vmid: 102, storage: "nas" });
    const waiting = await admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upidOf(second))}/log`);
    expect(texts(waiting)).toEqual(["INFO: trying to get global lock - waiting..."]);
    simulator.setSpeed(300);
    const [one, two] = [await ended(first), await ended(second)];
    expect(two.lines.slice(0, 2)).toEqual([
      "INFO: trying to get global lock - waiting...",
      "INFO: got global lock",
    ]);
    expect([one.exit, two.exit]).toEqual(["OK", "OK"]);
  });

  it("leaves `unexpected status` when a waiting backup is stopped", async () => {
    const { simulator, admin, ended } = await house();
    simulator.control.holdVzdumpLock("pve1");
    const started = await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    await admin.del(`/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}`);
    const task = await ended(started);
    expect(task.exit).toBe("unexpected status");
    expect(task.lines.at(-1)).toBe(
      "ERROR: can't acquire lock '/var/run/vzdump.lock' - interrupted by signal",
    );
  });
});

describe("stopping", () => {
  it("breaks a VM's backup off, keeps no copy and unlocks the guest", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const started = await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    const before = rows(await admin.get("/nodes/pve1/storage/nas/content")).length;
    expect(
      (await admin.del(`/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}`)).body?.data,
    ).toBeNull();
    simulator.setSpeed(300);
    const task = await ended(started);
    expect(task.exit).toBe("interrupted by signal");
    expect(task.lines.slice(-2)).toEqual([
      "ERROR: Backup job failed - interrupted by signal",
      "TASK ERROR: interrupted by signal",
    ]);
    expect(rows(await admin.get("/nodes/pve1/storage/nas/content"))).toHaveLength(before);
    expect((await admin.get("/nodes/pve1/qemu/100/status/current")).body?.data).not.toHaveProperty("lock");
  });

  it("ends a container's backup in `job errors`", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const started = await admin.post("/nodes/pve1/vzdump", { vmid: 102, storage: "nas", compress: "zstd" });
    await admin.del(`/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}`);
    simulator.setSpeed(300);
    const task = await ended(started);
    expect(task.exit).toBe("job errors");
    expect(task.lines).toContainEqual(
      expect.stringMatching(
        /^ERROR: Backup of VM 102 failed - command 'set -o pipefail && .*' failed: interrupted by signal$/,
      ),
    );
  });

  it("of another's task needs Sys.Modify and of a finished one changes nothing", async () => {
    const { simulator, admin, ended } = await house();
    const started = await admin.post("/nodes/pve1/vzdump", { vmid: 101, storage: "nas" });
    await ended(started);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}`;
    const refused = await (await logIn(simulator, AUDITOR)).del(path);
    expect(refused.reason).toBe("Permission check failed (/nodes/pve1, Sys.Modify)");
    expect((await admin.del(path)).status).toBe(200);
    expect((await admin.get(`${path}/status`)).body?.data).toMatchObject({ exitstatus: "OK" });
  });
});

describe("rights over backups", () => {
  it("let an operator back up and see copies, an auditor only see that there are storages", async () => {
    const { simulator, ended } = await house();
    const [operator, auditor] = [await logIn(simulator, OPERATOR), await logIn(simulator, AUDITOR)];
    expect((await ended(await operator.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" }))).exit).toBe(
      "OK",
    );
    expect(
      rows(await operator.get("/nodes/pve1/storage/nas/content", { content: "backup" })).length,
    ).toBeGreaterThan(3);
    expect(rows(await auditor.get("/nodes/pve1/storage/nas/content", { content: "backup" }))).toEqual([]);
    expect(rows(await auditor.get("/nodes/pve1/storage")).length).toBeGreaterThan(3);
    const refused = await auditor.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    expect([refused.status, refused.reason]).toEqual([
      403,
      "Permission check failed (/storage/nas, Datastore.AllocateSpace)",
    ]);
  });
});

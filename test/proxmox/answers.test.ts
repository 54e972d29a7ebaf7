import { afterEach, describe, expect, it } from "vitest";

import { listResources } from "../../electron/proxmox/pve/cluster.ts";
import { readGuestConfig } from "../../electron/proxmox/pve/guests.ts";
import { listBackups } from "../../electron/proxmox/pve/storage.ts";
import { findTasks, readTaskLog, readTaskStatus } from "../../electron/proxmox/pve/tasks.ts";
import { apiServer, failureOf, never, tokenSession } from "./test-server.ts";
import type { Session } from "../../electron/proxmox/session.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

/** A server that answers everything with this body, bytes as they are. */
async function saying(
  body: string | Buffer,
  contentType = "application/json;charset=UTF-8",
  status = 200,
): Promise<Session> {
  const server = await apiServer((request, response) => {
    response.writeHead(status, contentType === "" ? {} : { "content-type": contentType });
    response.end(request.url === "/api2/json/version" ? '{"data":{"version":"9.2.11"}}' : body);
  });
  const session = tokenSession(server);
  opened.push(server, session);
  return session;
}

const guest = (vmid: unknown, more: object = {}): object => ({
  id: `qemu/${String(vmid)}`,
  type: "qemu",
  vmid,
  node: "pve1",
  name: "vm",
  status: "running",
  ...more,
});

async function guests(rows: readonly unknown[]) {
  return await listResources(await saying(JSON.stringify({ data: rows })), {}, never);
}

const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve:";

describe("an answer of the wrong shape", () => {
  it.each([
    ["data is missing", "{}"],
    ["data is null", '{"data":null}'],
    ["an object stands for a list", '{"data":{}}'],
    ["a string stands for a list", '{"data":"[]"}'],
    ["a number stands for a list", '{"data":0}'],
    ["a list is on top", "[]"],
    ["a string is on top", '"data"'],
    ["a number is on top", "1"],
    ["true is on top", "true"],
    ["null is on top", "null"],
    ["there is nothing", ""],
    ["it is cut", '{"data":[{"type":"qemu"'],
    ["it holds NaN", '{"data":[{"type":"qemu","mem":NaN}]}'],
    ["it is a web page", "<!DOCTYPE html><html><title>Login</title></html>"],
    ["it is nested 5,000 deep", `{"data":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["it opens 200,000 brackets", `{"data":${"[".repeat(200_000)}`],
    ["it is only inherited", '{"__proto__":{"data":[]}}'],
  ])("is never an empty list: %s", async (_name, body) => {
    const session = await saying(body);
    expect((await failureOf(listResources(session, {}, never))).code).toBe("server.badAnswer");
  });

  it("names the field that does not fit, never its value", async () => {
    const session = await saying('{"data":{"status":"CANARY"}}');
    const error = await failureOf(readTaskStatus(session, { upid }, never));
    expect(error.code).toBe("server.badAnswer");
    expect(error.details.params).toMatchObject({ where: "status" });
    expect(JSON.stringify(error.details.params)).not.toContain("CANARY");
  });
});

describe("the encoding of an answer", () => {
  it.each(["", "text/plain", "application/json;charset=latin1"])(
    "is UTF-8, whatever the type says (%j)",
    async (type) => {
      const session = await saying(
        '{"data":[{"id":"qemu/100","type":"qemu","vmid":100,"node":"pve1","name":"über"}]}',
        type,
      );
      expect((await listResources(session, {}, never)).guests[0]?.name).toBe("über");
    },
  );

  it("may begin with a byte order mark", async () => {
    const session = await saying('\uFEFF{"data":[]}');
    expect((await listResources(session, {}, never)).guests).toEqual([]);
  });

  it("is refused where it is broken", async () => {
    const session = await saying(
      Buffer.concat([Buffer.from('{"data":[{"name":"'), Buffer.from([0xff]), Buffer.from('"}]}')]),
    );
    expect((await failureOf(listResources(session, {}, never))).details.params).toMatchObject({
      reason: "utf8",
    });
  });

  it("is let through broken in a task log, where programs print what they like", async () => {
    const session = await saying(
      Buffer.concat([
        Buffer.from('{"data":[{"n":1,"t":"a'),
        Buffer.from([0xff]),
        Buffer.from('b"}],"total":1}'),
      ]),
    );
    expect((await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).lines).toEqual([
      { n: 1, text: "a\uFFFDb" },
    ]);
  });
});

describe("guests of an answer", () => {
  it("are read when numbers are strings and flags are words", async () => {
    const {
      guests: [one],
    } = await guests([guest("100", { template: "1", maxmem: "1024", cpu: "0.5", tags: "b;a" })]);
    expect(one).toMatchObject({
      vmid: 100,
      template: true,
      maxMemory: 1024,
      cpu: 0.5,
      tags: ["b", "a"],
      conflict: false,
    });
  });

  it.each([0, -1, 99, 1e9])("with the impossible id %j are listed but marked", async (vmid) => {
    const { guests: rows, bad } = await guests([guest(vmid), guest(101)]);
    expect(rows.map((row) => [row.vmid, row.conflict])).toEqual([
      [vmid, true],
      [101, false],
    ]);
    expect(bad).toBe(0);
  });

  it.each([1.5, "0100", 2 ** 53 + 2, null, "x"])(
    "with the unreadable id %j are counted and hide no other",
    async (vmid) => {
      const { guests: rows, bad } = await guests([guest(vmid), guest(101)]);
      expect(rows.map((row) => row.vmid)).toEqual([101]);
      expect(bad).toBe(1);
    },
  );

  it("with one id on two nodes are both shown, both marked", async () => {
    const { guests: rows } = await guests([guest(100), guest(100, { node: "pve2" }), guest(101)]);
    expect(rows.map((row) => row.conflict)).toEqual([true, true, false]);
  });

  it("have sizes that are known or null, never nonsense", async () => {
    const {
      guests: [one],
    } = await guests([guest(100, { mem: -1, maxmem: "12G", maxdisk: 0, uptime: "" })]);
    expect(one).toMatchObject({ memory: null, maxMemory: null, maxDisk: 0, uptime: null });
  });

  it("keep words that we do not know", async () => {
    const {
      guests: [one],
      bad,
    } = await guests([
      guest(100, { status: "prelaunch", lock: "new-kind" }),
      { type: "hyperspace", id: "x" },
    ]);
    expect(one).toMatchObject({ status: "prelaunch", lock: "new-kind" });
    expect(bad).toBe(0);
  });

  it("are read from servers that leave fields out (PVE 6.4)", async () => {
    const {
      guests: [one],
    } = await guests([{ id: "lxc/101", type: "lxc", vmid: "101", node: "pve1" }]);
    expect(one).toMatchObject({
      vmid: 101,
      name: "",
      status: "unknown",
      tags: [],
      lock: null,
      ha: null,
      pool: null,
    });
  });

  it("cannot change how our objects behave", async () => {
    await guests([
      JSON.parse('{"type":"qemu","vmid":100,"node":"pve1","__proto__":{"polluted":1},"toString":1}'),
    ]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("are read in hundreds of thousands of rows up to the cap, and refused beyond it", async () => {
    const row = JSON.stringify(guest(100));
    const many = (count: number): string => `{"data":[${Array.from({ length: count }, () => row).join()}]}`;
    expect((await listResources(await saying(many(100_000)), {}, never)).guests).toHaveLength(100_000);
    expect((await failureOf(listResources(await saying(many(200_000)), {}, never))).code).toBe(
      "server.tooLarge",
    );
  });
});

describe("backups of an answer", () => {
  async function backups(rows: readonly unknown[]) {
    const session = await saying(JSON.stringify({ data: rows }));
    return await listBackups(session, { node: "pve1", storage: "pbs" }, never);
  }

  it("are told apart by their whole volume id, even in the same second", async () => {
    const ctime = 1795185481;
    const volids = ["pbs:backup/vm/100/2026-11-20T14:38:01Z", "pbs:backup/ct/100/2026-11-20T14:38:01Z"];
    const { rows } = await backups(volids.map((volid) => ({ volid, ctime, vmid: 100 })));
    expect(rows.map((row) => [row.volid, row.guestType])).toEqual([
      [volids[0], "qemu"],
      [volids[1], "lxc"],
    ]);
  });

  it("say what is not known", async () => {
    const {
      rows: [one],
    } = await backups([{ volid: "pbs:backup/vm/100/x", size: 1, ctime: 0, vmid: -3 }]);
    expect(one).toMatchObject({
      size: null,
      createdAt: null,
      vmid: null,
      verification: "none",
      encrypted: false,
      protected: false,
    });
  });

  it("say what is known", async () => {
    const {
      rows: [one],
    } = await backups([
      {
        volid: "pbs:backup/vm/100/x",
        size: "4096",
        ctime: "1795185481",
        vmid: "100",
        verification: { state: "failed" },
        encrypted: "1",
        protected: "1",
        notes: "n",
      },
    ]);
    expect(one).toMatchObject({
      size: 4096,
      createdAt: 1795185481000,
      vmid: 100,
      verification: "failed",
      encrypted: true,
      protected: true,
      notes: "n",
    });
  });
});

describe("the status of a task", () => {
  it.each([
    ["OK", "OK"],
    ["WARNINGS: 1", "WARNINGS: 1"],
    ["", ""],
    ["ok", "ok"],
    ["OK\n", "OK\n"],
    ["OK (1 warning)", "OK (1 warning)"],
    [null, null],
    [undefined, null],
    [{ a: 1 }, null],
    [0, null],
  ])("gives the exit text %j as %j, judged by others", async (exitstatus, wanted) => {
    const session = await saying(JSON.stringify({ data: { status: "stopped", exitstatus } }));
    expect(await readTaskStatus(session, { upid }, never)).toMatchObject({
      state: "stopped",
      exitStatus: wanted,
    });
  });

  it("is not guessed from a word that is neither running nor stopped", async () => {
    const session = await saying('{"data":{"status":"finished","exitstatus":"OK"}}');
    expect((await failureOf(readTaskStatus(session, { upid }, never))).code).toBe("server.badAnswer");
  });
});

describe("the log of a task", () => {
  it("is empty where the server says so in words", async () => {
    const session = await saying('{"data":[{"n":1,"t":"no content"}],"total":1}');
    expect(await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).toEqual({
      lines: [],
      total: 0,
      gone: false,
    });
  });

  it("is gone where the server says so in words", async () => {
    const session = await saying(
      '{"data":[{"n":1,"t":"unable to open file - No such file or directory"}],"total":1}',
    );
    expect(await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).toEqual({
      lines: [],
      total: null,
      gone: true,
    });
  });

  it("keeps these words where a program printed them among others", async () => {
    const session = await saying(
      '{"data":[{"n":1,"t":"no content"},{"n":2,"t":"unable to open file - x"}],"total":2}',
    );
    expect((await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).lines).toHaveLength(2);
  });

  it("may have lines without text, and counts none that are no lines", async () => {
    const session = await saying('{"data":[{"n":"1","t":null},{"n":"x","t":"y"},{"n":2,"t":"b"}]}');
    expect(await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).toEqual({
      lines: [
        { n: 1, text: "" },
        { n: 2, text: "b" },
      ],
      total: null,
      gone: false,
    });
  });
});

describe("looking for a task", () => {
  it("fails where a row cannot be read: it may be the one", async () => {
    const session = await saying(
      JSON.stringify({ data: [{ upid, endtime: 1, status: "OK" }, { upid: "UPID:bad" }] }),
    );
    expect((await failureOf(findTasks(session, { node: "pve1" }, never))).code).toBe("server.badAnswer");
  });

  it("takes user, type, id and start from the UPID itself", async () => {
    const own = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";
    const session = await saying(
      JSON.stringify({
        data: [{ upid: own, user: "admin@pve", tokenid: "lab", type: "lie", status: "RUNNING" }],
      }),
    );
    expect(await findTasks(session, { node: "pve1" }, never)).toEqual([
      {
        upid: own,
        node: "pve1",
        type: "vzdump",
        id: "110",
        user: "admin@pve!lab",
        startedAt: 0x6b005b87 * 1000,
        endedAt: null,
        status: null,
      },
    ]);
  });
});

describe("the configuration of a guest", () => {
  it("is read down to disks and networks", async () => {
    const session = await saying(
      JSON.stringify({
        data: {
          name: "vm-app",
          cores: 2,
          sockets: "2",
          memory: "current=1024",
          scsi0: "local:110/vm-110-disk-0.qcow2,iothread=1,size=1G",
          scsi10: "local:110/vm-110-disk-1.qcow2,size=2G,backup=0",
          scsi2: "local:110/vm-110-disk-2.qcow2,size=2G",
          ide2: "local:iso/debian.iso,media=cdrom,size=600M",
          efidisk0: "local:110/vm-110-disk-3.raw,size=528K",
          unused0: "local:110/vm-110-disk-9.raw",
          net0: "virtio=BC:24:11:89:5C:F7,bridge=vmbr0,link_down=1",
          description: "x",
          onboot: 1,
          protection: "1",
          lock: "backup",
        },
      }),
    );
    expect(await readGuestConfig(session, { node: "pve1", vmid: 110, type: "qemu" }, never)).toMatchObject({
      name: "vm-app",
      cores: 4,
      memory: 1024 * 1024 * 1024,
      bootOnStart: true,
      protection: true,
      lock: "backup",
      disks: [
        { key: "efidisk0", backup: true },
        { key: "scsi0", volume: "local:110/vm-110-disk-0.qcow2", size: "1G", backup: true },
        { key: "scsi2", backup: true },
        { key: "scsi10", backup: false },
      ],
      networks: [{ key: "net0", bridge: "vmbr0", mac: "BC:24:11:89:5C:F7", linkDown: true }],
    });
  });

  it("of a container names what vzdump takes: the root, and mount points that say so", async () => {
    const session = await saying(
      JSON.stringify({
        data: {
          hostname: "ct",
          memory: 256,
          rootfs: "local:101/subvol-101-disk-1.subvol,size=4G",
          mp0: "local:101/subvol-101-disk-2.subvol,mp=/data,backup=1,size=1G",
          mp1: "local:101/subvol-101-disk-3.subvol,mp=/cache,size=1G",
          mp2: "/mnt/host,mp=/host,backup=1",
          net0: "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:8D:B3:21,ip=dhcp,type=veth",
        },
      }),
    );
    const config = await readGuestConfig(session, { node: "pve1", vmid: 101, type: "lxc" }, never);
    expect(config.name).toBe("ct");
    expect(config.memory).toBe(256 * 1024 * 1024);
    expect(config.disks.map((disk) => [disk.key, disk.backup])).toEqual([
      ["mp0", true],
      ["mp1", false],
      ["mp2", false],
      ["rootfs", true],
    ]);
    expect(config.networks).toEqual([
      { key: "net0", bridge: "vmbr0", mac: "BC:24:11:8D:B3:21", linkDown: false },
    ]);
  });
});

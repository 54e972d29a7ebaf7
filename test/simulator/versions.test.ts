import { describe, expect, it } from "vitest";
import { TOTP } from "../../simulator/credentials.ts";
import { totpCode } from "../../simulator/access/totp.ts";
import type { PveVersion } from "../../simulator/profiles/pve.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { anonymous, type Reply } from "./client.ts";
import { house, stopHousesAfterEach, type House } from "./house.ts";

stopHousesAfterEach();

const UNKNOWN = "property is not defined in schema and the schema does not allow additional properties";

const old = async (version: PveVersion): Promise<House> => house({ world: smallWorld({ version }) });
const rows = (reply: Reply): readonly Record<string, unknown>[] =>
  reply.body?.data as readonly Record<string, unknown>[];
const backup = { vmid: 102, storage: "nas", mode: "snapshot" };

async function logOf({ admin, ended }: House, params: Record<string, string | number>): Promise<string> {
  const task = await ended(await admin.post("/nodes/pve1/vzdump", params));
  return task.lines.join("\n");
}

describe.each([
  ["6.4", "6.4-15"],
  ["7.4", "7.4-20"],
  ["8.4", "8.4.14"],
  ["9.2", "9.2.11"],
] as const)("Proxmox VE %s", (version, text) => {
  it("says who it is", async () => {
    const { admin } = await old(version);
    expect((await admin.get("/version")).body?.data).toMatchObject({ version: text, release: version });
    expect((await admin.get("/nodes/pve1/status")).body?.data).toMatchObject({
      pveversion: expect.stringContaining(`pve-manager/${text}/`) as string,
    });
  });

  it("refuses parameters that came later", async () => {
    const { admin } = await old(version);
    const since = { "notes-template": "7.4", protected: "7.4", fleecing: "8.4", maxfiles: "" } as const;
    for (const [name, first] of Object.entries(since)) {
      const value = name === "protected" || name === "maxfiles" ? 1 : "x";
      const reply = await admin.post("/nodes/pve2/vzdump", { ...backup, [name]: value });
      const knows = name === "maxfiles" ? version !== "9.2" : version >= first;
      expect([name, reply.status]).toEqual([name, knows ? 200 : 400]);
      if (!knows) expect(reply.body?.errors).toEqual({ [name]: UNKNOWN });
    }
  });

  it("puts the text of an error into the body since 8.4, and always into the phrase", async () => {
    const { admin } = await old(version);
    const reply = await admin.get("/nodes/pve1/qemu/999/config");
    expect(reply.reason).toContain("does not exist");
    expect(reply.body?.message === undefined).toBe(version < "8.4");
  });

  it("writes its backups' logs in its own words", async () => {
    const home = await old(version);
    const text = await logOf(home, { ...backup, vmid: 101 });
    expect(text.includes("notified via target")).toBe(version >= "8.4");
    expect(text.includes("starting backup via QMP command")).toBe(version === "9.2");
    const pruned = await logOf(home, { ...backup, storage: "local" });
    expect(pruned.includes("prune older backups with retention")).toBe(version >= "7.4");
    const client = await logOf(home, { vmid: 102, storage: "pbs" });
    expect(client.includes("(average ")).toBe(version >= "8.4");
    expect(client.includes("average backup speed: ")).toBe(version < "8.4");
  });

  it("has the figures and rows of its time", async () => {
    const { admin } = await old(version);
    const [guest] = rows(await admin.get("/cluster/resources?type=vm"));
    expect("memhost" in (guest ?? {})).toBe(version === "9.2");
    expect("tags" in (guest ?? {})).toBe(version >= "7.4");
    const zones = rows(await admin.get("/cluster/resources")).map((row) => row["type"]);
    expect([zones.includes("sdn"), zones.includes("network")]).toEqual([
      version === "7.4" || version === "8.4",
      version === "9.2",
    ]);
    const day = rows(await admin.get("/nodes/pve1/rrddata?timeframe=day"));
    expect(day).toHaveLength(version === "9.2" ? 1440 : 70);
    expect("pressurecpusome" in (day.at(-1) ?? {})).toBe(version === "9.2");
  });

  it("lists tasks by time since 7, and gives a whole log for limit=0 since 7.3", async () => {
    const { admin, ended } = await old(version);
    expect((await admin.get("/nodes/pve1/tasks?since=1")).status).toBe(version === "6.4" ? 400 : 200);
    const { upid, lines } = await ended(await admin.post("/nodes/pve1/vzdump", backup));
    const log = rows(await admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log?limit=0`));
    expect(log).toHaveLength(version === "6.4" ? 0 : lines.length);
  });

  it("keeps jobs by a calendar event since 7, before by weekdays and a time", async () => {
    const { admin } = await old(version);
    const [job] = rows(await admin.get("/cluster/backup"));
    const expected =
      version === "6.4" ? { starttime: "02:30", dow: "mon,tue,wed,thu,fri,sat,sun" } : { schedule: "02:30" };
    expect(job).toMatchObject({ id: "backup-nightly", ...expected });
    const path = version === "6.4" ? "backupinfo/not_backed_up" : "backup-info/not-backed-up";
    const other = version === "6.4" ? "backup-info/not-backed-up" : "backupinfo/not_backed_up";
    expect((await admin.get(`/cluster/${path}`)).status).toBe(200);
    expect((await admin.get(`/cluster/${other}`)).status).toBe(501);
  });

  it("asks for a second factor in its own way", async () => {
    const { simulator } = await old(version);
    const login = async (more: Record<string, string | number>): Promise<Reply> =>
      anonymous(simulator).post("/access/ticket", {
        username: TOTP.username,
        password: TOTP.password,
        ...more,
      });
    const code = totpCode(TOTP.secret, Math.floor(Date.now() / 1000));
    const asked = await login({ "new-format": 1 });
    expect(asked.status).toBe(version === "6.4" ? 400 : 200);
    expect((asked.body?.data as { NeedTFA?: number } | null)?.NeedTFA).toBe(
      version === "6.4" ? undefined : 1,
    );
    const plain = await login({});
    expect(plain.body?.data).toMatchObject({ NeedTFA: 1 });
    const half = (plain.body?.data as { ticket?: string } | null)?.ticket ?? "";
    expect(half.startsWith("PVE:tfa!totp@pve:")).toBe(version < "8.4");
    const beside = await login({ otp: code });
    const ticket = (beside.body?.data as { ticket?: string } | null)?.ticket ?? "";
    expect(ticket.startsWith("PVE:totp@pve:")).toBe(version < "8.4");
  });
});

import { afterEach, describe, expect, it } from "vitest";
import { totpCode } from "../../simulator/access/totp.ts";
import { ADMIN, APP_TOKEN, NO_ACL_TOKEN, NOBODY, TOTP } from "../../simulator/credentials.ts";
import { startSimulator, type Simulator } from "../../simulator/simulator.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { anonymous, logIn, raw, rows, session, withToken } from "./client.ts";

type House = { readonly simulator: Simulator; readonly at: (milliseconds: number) => void };

const running: Simulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (simulator) => simulator.stop()));
});

/** A server whose clock the test holds. */
async function house(): Promise<House> {
  let time = Date.parse("2026-11-20T12:00:00Z");
  const simulator = await startSimulator({
    world: () => smallWorld({ now: time }),
    now: () => time,
    loginFailureDelayMs: 0,
  });
  running.push(simulator);
  return {
    simulator,
    at: (milliseconds) => {
      time += milliseconds;
    },
  };
}

const MINUTE = 60_000;

describe("login", () => {
  it("gives a ticket, a CSRF token and the rights in short for the right password", async () => {
    const { simulator } = await house();
    const reply = await anonymous(simulator).post("/access/ticket", {
      username: "admin",
      realm: "pve",
      password: ADMIN.password,
    });
    expect(reply.body?.data).toMatchObject({
      username: "admin@pve",
      clustername: "small",
      cap: { vms: { "VM.Backup": 1 }, dc: { "Sys.Audit": 1 } },
    });
  });

  it("tells a wrong password, an unknown user and an unknown realm apart in nothing", async () => {
    const { simulator } = await house();
    for (const username of [ADMIN.username, "ghost@pve", "admin@nowhere"]) {
      const reply = await anonymous(simulator).post("/access/ticket", { username, password: "wrong" });
      expect([reply.status, reply.reason, reply.body?.message]).toEqual([
        401,
        "authentication failure",
        "authentication failure\n",
      ]);
    }
  });

  it("accepts a ticket for two hours and renews it when it is sent as the password", async () => {
    const { simulator, at } = await house();
    const admin = await logIn(simulator);
    at(119 * MINUTE);
    expect((await admin.get("/nodes")).status).toBe(200);
    const ticket = decodeURIComponent((admin.headers["Cookie"] ?? "").replace("PVEAuthCookie=", ""));
    expect(
      (await anonymous(simulator).post("/access/ticket", { username: ADMIN.username, password: ticket }))
        .status,
    ).toBe(200);
    at(2 * MINUTE);
    const late = await admin.get("/nodes");
    expect([late.status, late.reason, late.raw.length]).toEqual([401, "Authentication failed!", 0]);
    expect(
      (await anonymous(simulator).post("/access/ticket", { username: ADMIN.username, password: ticket }))
        .status,
    ).toBe(401);
  });

  it("accepts a ticket from a clock a little ahead but not ten minutes", async () => {
    const { simulator, at } = await house();
    const admin = await logIn(simulator);
    at(-4 * MINUTE);
    expect((await admin.get("/nodes")).status).toBe(200);
    at(-6 * MINUTE);
    expect((await admin.get("/nodes")).status).toBe(401);
  });

  it("refuses writes without the CSRF token and reads without one", async () => {
    const { simulator } = await house();
    const { headers } = await logIn(simulator);
    const bare = session(simulator, { Cookie: headers["Cookie"] ?? "" });
    const reply = await bare.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    expect([reply.status, reply.reason, reply.raw.length]).toEqual([
      401,
      "Permission denied - invalid csrf token",
      0,
    ]);
    expect(simulator.ledger.tasks()).toEqual([]);
    expect((await bare.get("/version")).status).toBe(200);
  });

  it("takes the ticket from the Authorization header and an unencoded cookie too", async () => {
    const { simulator } = await house();
    const cookie = (await logIn(simulator)).headers["Cookie"] ?? "";
    const plain = decodeURIComponent(cookie);
    for (const headers of [{ Authorization: plain }, { Cookie: plain }]) {
      expect((await raw(simulator, { method: "GET", url: "/api2/json/nodes", headers })).status).toBe(200);
    }
  });

  it("answers a closed connection to every refusal and keeps it open otherwise", async () => {
    const { simulator } = await house();
    expect((await anonymous(simulator).get("/version")).headers["connection"]).toBe("close");
    expect((await anonymous(simulator).get("/access/domains")).headers["connection"]).toBe("Keep-Alive");
  });
});

describe("second factor", () => {
  async function challenge(simulator: Simulator): Promise<string> {
    const reply = await anonymous(simulator).post("/access/ticket", {
      username: TOTP.username,
      password: TOTP.password,
    });
    const data = reply.body?.data as { NeedTFA: number; ticket: string };
    expect(data.NeedTFA).toBe(1);
    return data.ticket;
  }

  const respond = async (simulator: Simulator, ticket: string, password: string) =>
    anonymous(simulator).post("/access/ticket", {
      username: TOTP.username,
      "tfa-challenge": ticket,
      password,
    });

  it("lets in with a code, once", async () => {
    const { simulator } = await house();
    const code = totpCode(TOTP.secret, Date.parse("2026-11-20T12:00:00Z") / 1000);
    expect((await respond(simulator, await challenge(simulator), `totp:${code}`)).status).toBe(200);
    expect((await respond(simulator, await challenge(simulator), `totp:${code}`)).status).toBe(401);
  });

  it("lets in with a recovery code, once, and offers it no more", async () => {
    const { simulator } = await house();
    const first = await challenge(simulator);
    expect(first).toContain('"recovery"%3A[0,1,2,3,4,5,6,7,8,9],"totp"%3Atrue');
    expect((await respond(simulator, first, `recovery:${TOTP.recoveryCodes[0]}`)).status).toBe(200);
    const second = await challenge(simulator);
    expect(second).toContain('"recovery"%3A[0,1,2,3,4,5,6,7,8]');
    expect((await respond(simulator, second, `recovery:${TOTP.recoveryCodes[0]}`)).status).toBe(401);
  });

  it("gives no session for the challenge alone and lets it expire after two minutes", async () => {
    const { simulator, at } = await house();
    const ticket = await challenge(simulator);
    const half = session(simulator, { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` });
    expect((await half.get("/nodes")).status).toBe(401);
    at(3 * MINUTE);
    expect((await respond(simulator, ticket, `recovery:${TOTP.recoveryCodes[0]}`)).status).toBe(401);
  });
});

describe("API tokens", () => {
  it("need no CSRF token and cannot log in", async () => {
    const { simulator } = await house();
    const token = withToken(simulator, APP_TOKEN);
    expect((await token.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" })).body?.data).toMatch(
      /:vzdump:100:admin@pve!app:$/,
    );
    const refused = await token.post("/access/ticket", {
      username: ADMIN.username,
      password: ADMIN.password,
    });
    expect([refused.status, refused.reason]).toEqual([
      403,
      "Permission check failed (URI '/access/ticket' not available with API token, need proper ticket.",
    ]);
  });

  it("with separated rights and none granted see next to nothing", async () => {
    const { simulator } = await house();
    const token = withToken(simulator, NO_ACL_TOKEN);
    expect((await token.get("/access/permissions")).body?.data).toEqual({});
    expect(new Set(rows(await token.get("/cluster/resources")).map((row) => row["type"]))).toEqual(
      new Set(["node"]),
    );
  });

  it("with a wrong secret are refused like a bad ticket", async () => {
    const { simulator } = await house();
    const reply = await withToken(simulator, { id: APP_TOKEN.id, secret: "wrong" }).get("/version");
    expect([reply.status, reply.reason]).toEqual([401, "Authentication failed!"]);
  });
});

describe("what somebody without rights gets", () => {
  it("is empty lists, nodes without figures and refusals that name the privilege", async () => {
    const { simulator } = await house();
    const nobody = await logIn(simulator, NOBODY);
    expect(rows(await nobody.get("/nodes/pve1/storage"))).toEqual([]);
    expect(rows(await nobody.get("/nodes/pve1/qemu"))).toEqual([]);
    expect(rows(await nobody.get("/nodes"))[0]).not.toHaveProperty("mem");
    const refused = await nobody.get("/nodes/pve1/status");
    expect([refused.status, refused.reason]).toEqual([
      403,
      "Permission check failed (/nodes/pve1, Sys.Audit)",
    ]);
  });
});

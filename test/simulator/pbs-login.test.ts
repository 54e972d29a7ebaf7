import { describe, expect, it } from "vitest";
import { totpCode } from "../../simulator/access/totp.ts";
import {
  PBS_ADMIN,
  PBS_APP_TOKEN,
  PBS_AUDITOR,
  PBS_NO_ACL_TOKEN,
  PBS_NOBODY,
  PBS_TOTP,
} from "../../simulator/credentials.ts";
import { anonymous, rows, session } from "./client.ts";
import { backupHouse, logInToPbs, refusal, stopBackupHousesAfterEach, withPbsToken } from "./pbs-house.ts";

stopBackupHousesAfterEach();

describe("login to a Backup Server", () => {
  it("gives a ticket that begins with PBS and says who asked", async () => {
    const { server } = await backupHouse();
    const reply = await anonymous(server).post("/access/ticket", { ...PBS_ADMIN });
    const data = reply.body?.data as { username: string; ticket: string; CSRFPreventionToken: string };
    expect(data.username).toBe(PBS_ADMIN.username);
    expect(data.ticket).toMatch(/^PBS:admin@pbs:[0-9A-F]{8}::/);
    expect(Object.keys(data).toSorted()).toEqual(["CSRFPreventionToken", "ticket", "username"]);
  });

  it("tells a wrong password and an unknown user apart in nothing", async () => {
    const { server } = await backupHouse();
    for (const username of [PBS_ADMIN.username, "ghost@pbs"]) {
      const reply = await anonymous(server).post("/access/ticket", { username, password: "wrong" });
      expect(refusal(reply)).toEqual([401, "permission check failed."]);
    }
  });

  it("asks for a second factor in the ticket alone and takes TOTP or a recovery code once", async () => {
    const { server } = await backupHouse();
    const { username, password } = PBS_TOTP;
    const ask = async (): Promise<string> => {
      const reply = await anonymous(server).post("/access/ticket", { username, password });
      expect(reply.body?.data).not.toHaveProperty("NeedTFA");
      return String((reply.body?.data as { ticket?: string } | undefined)?.ticket);
    };
    const challenge = await ask();
    expect(challenge).toMatch(/^PBS:!tfa!/);
    const kinds = JSON.parse(
      decodeURIComponent(challenge.split(":")[1] ?? "").slice("!tfa!".length),
    ) as object;
    expect(kinds).toMatchObject({ totp: true, recovery: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
    const code = totpCode(PBS_TOTP.secret, Math.floor(Date.now() / 1000));
    const answer = { username, "tfa-challenge": challenge, password: `totp:${code}` };
    expect((await anonymous(server).post("/access/ticket", answer)).status).toBe(200);
    expect((await anonymous(server).post("/access/ticket", answer)).status).toBe(401);
    const recovery = {
      username,
      "tfa-challenge": await ask(),
      password: `recovery:${PBS_TOTP.recoveryCodes[0]}`,
    };
    expect((await anonymous(server).post("/access/ticket", recovery)).status).toBe(200);
    expect((await anonymous(server).post("/access/ticket", recovery)).status).toBe(401);
  });

  it("hides the ticket in a cookie when asked to, from 4.0 on", async () => {
    const { server } = await backupHouse();
    const reply = await anonymous(server).post("/access/ticket", { ...PBS_ADMIN, "http-only": 1 });
    const data = reply.body?.data as Record<string, string>;
    expect(data).not.toHaveProperty("ticket");
    expect(data["ticket-info"]).toMatch(/^PBS:admin@pbs:[0-9A-F]{8}::ticketinfo$/);
    const cookie = String(reply.headers["set-cookie"]).split(";")[0] ?? "";
    expect(cookie).toMatch(/^__Host-PBSAuthCookie=PBS:/);
    expect((await session(server, { Cookie: cookie }).get("/version")).status).toBe(200);
    const renewed = await session(server, { Cookie: cookie }).post("/access/ticket", {
      username: PBS_ADMIN.username,
      "http-only": 1,
    });
    expect(renewed.status).toBe(200);
  });

  it("does not know the hidden ticket before 4.0", async () => {
    const { server } = await backupHouse({ version: "3.4" });
    const reply = await anonymous(server).post("/access/ticket", { ...PBS_ADMIN, "http-only": 1 });
    expect(refusal(reply)).toEqual([
      400,
      "parameter verification failed - 'http-only': schema does not allow additional properties.",
    ]);
  });

  it("renews with the ticket as the password and refuses it after two hours", async () => {
    let time = Date.parse("2026-11-20T12:00:00Z");
    const { server, admin } = await backupHouse({ now: () => time });
    const ticket = decodeURIComponent((admin.headers["Cookie"] ?? "").replace("PBSAuthCookie=", ""));
    const renew = async (): Promise<number> =>
      (await anonymous(server).post("/access/ticket", { username: PBS_ADMIN.username, password: ticket }))
        .status;
    time += 119 * 60_000;
    expect(await renew()).toBe(200);
    time += 2 * 60_000;
    expect(await renew()).toBe(401);
    expect(refusal(await admin.get("/version"))).toEqual([401, "authentication failed"]);
  });

  it("wants the CSRF token with a ticket that writes, and none with an API token", async () => {
    const { server, admin } = await backupHouse();
    const forgetful = session(server, { Cookie: admin.headers["Cookie"] ?? "" });
    const wish = { path: "/datastore/main", role: "DatastoreAudit", "auth-id": PBS_NOBODY.username };
    expect((await forgetful.put("/access/acl", wish)).status).toBe(401);
    expect((await admin.put("/access/acl", wish)).status).toBe(200);
    expect((await withPbsToken(server, PBS_APP_TOKEN).put("/access/acl", wish)).status).toBe(200);
  });

  it("takes a token with a colon before its secret and no other spelling", async () => {
    const { server } = await backupHouse();
    const { id, secret } = PBS_APP_TOKEN;
    expect((await withPbsToken(server, PBS_APP_TOKEN).get("/version")).status).toBe(200);
    for (const header of [
      `PBSAPIToken=${id}=${secret}`,
      `PVEAPIToken=${id}=${secret}`,
      `PBSAPIToken=${id}:no`,
    ]) {
      expect((await session(server, { Authorization: header }).get("/version")).status).toBe(401);
    }
  });

  it("answers ping and realms without a login", async () => {
    const { server } = await backupHouse();
    expect((await anonymous(server).get("/ping")).body?.data).toEqual({ pong: true });
    const realms = rows(await anonymous(server).get("/access/domains"));
    expect(realms.map((one) => one["realm"])).toEqual(["pam", "pbs", "sso"]);
    expect((await anonymous(server).get("/version")).status).toBe(401);
  });
});

describe("rights on a Backup Server", () => {
  it("gives a token only what both it and its user were given", async () => {
    const { server } = await backupHouse();
    const app = (await withPbsToken(server, PBS_APP_TOKEN).get("/access/permissions")).body?.data;
    expect(app).toHaveProperty(["/datastore", "Datastore.Modify"], true);
    const bare = await withPbsToken(server, PBS_NO_ACL_TOKEN).get("/access/permissions");
    expect(bare.body?.data).toEqual({});
  });

  it("lets an account make a token of its own and give it a role, but nobody else's", async () => {
    const { server } = await backupHouse();
    const auditor = await logInToPbs(server, PBS_AUDITOR);
    const path = `/access/users/${PBS_AUDITOR.username}/token/proxmoxer`;
    const made = (await auditor.post(path, { comment: "for Proxmoxer" })).body?.data as {
      tokenid: string;
      value: string;
    };
    expect(made.tokenid).toBe("auditor@pbs!proxmoxer");
    const grant = { path: "/", role: "Audit", "auth-id": made.tokenid };
    expect((await auditor.put("/access/acl", grant)).status).toBe(200);
    const own = withPbsToken(server, { id: made.tokenid, secret: made.value });
    expect(rows(await own.get("/admin/datastore"))).toHaveLength(3);
    expect((await auditor.post(`/access/users/${PBS_ADMIN.username}/token/evil`)).status).toBe(403);
    expect(refusal(await auditor.put("/access/acl", { ...grant, "auth-id": PBS_APP_TOKEN.id }))).toEqual([
      400,
      "Unprivileged users can only set ACL items for their own API tokens.",
    ]);
    expect(refusal(await auditor.post(path))).toEqual([
      400,
      "token 'proxmoxer' for user 'auditor@pbs' already exists.",
    ]);
    expect((await auditor.del(path)).status).toBe(200);
    expect((await own.get("/version")).status).toBe(401);
  });

  it("shows nothing to nobody: empty lists where all may ask, refusals elsewhere", async () => {
    const { server } = await backupHouse();
    const nobody = await logInToPbs(server, PBS_NOBODY);
    expect(rows(await nobody.get("/admin/datastore"))).toEqual([]);
    expect(rows(await nobody.get("/nodes/localhost/tasks"))).toEqual([]);
    expect((await nobody.get("/access/permissions")).body?.data).toEqual({});
    expect(refusal(await nobody.get("/admin/datastore/main/status"))).toEqual([
      403,
      "permission check failed",
    ]);
    expect(refusal(await nobody.get("/admin/datastore/main/groups"))).toEqual([
      403,
      "permission check failed - missing Datastore.Audit|Datastore.Backup on /datastore/main",
    ]);
    expect(refusal(await nobody.get("/nodes/localhost/status"))).toEqual([403, "permission check failed"]);
  });
});

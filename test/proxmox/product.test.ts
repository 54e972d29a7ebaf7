import { randomUUID } from "node:crypto";

import { afterEach, describe, expect, it } from "vitest";

import { offerOf } from "../../electron/proxmox/second-factor.ts";
import { products } from "../../electron/proxmox/product.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import { versionSchema } from "../../electron/proxmox/version.ts";
import { fakeClock } from "./fake-clock.ts";
import { apiServer, never, sendJson, tokenSession } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

const password = `CANARY-${randomUUID()}`;

/** A backup server as proxmox-rest-server speaks: strict about parameters, no CSRF token with a challenge. */
async function backupServer() {
  const logins: Record<string, string>[] = [];
  const headers: { readonly cookie: string | undefined; readonly authorization: string | undefined }[] = [];
  const server = await apiServer((request, response, body) => {
    if (request.url === "/api2/json/access/ticket") {
      const form = Object.fromEntries(new URLSearchParams(body));
      logins.push(form);
      const ticket = "PBS:root@pam:6B005A33::sig+n/==";
      const challenge = 'PBS:!tfa!{"totp"%3Atrue}:6B005D18::half';
      sendJson(response, 200, {
        data:
          form["tfa-challenge"] === challenge || form["password"] === ticket
            ? { username: "root@pam", ticket, CSRFPreventionToken: "6B005A33:csrf" }
            : { username: "root@pam", ticket: challenge, NeedTFA: true },
      });
      return;
    }
    headers.push({ cookie: request.headers.cookie, authorization: request.headers.authorization });
    sendJson(response, 200, { data: { version: "4.2", release: "1", repoid: "0123456789abcdef" } });
  });
  opened.push(server);
  return { server, logins, headers };
}

describe("a session with a backup server", () => {
  it("sends its ticket in the product's own cookie, and no parameter that it does not know", async () => {
    const { server, logins, headers } = await backupServer();
    const session = createSession({
      kind: "pbs",
      routes: [server],
      login: { kind: "password", user: "root@pam" },
      secret: () => Promise.resolve(secretOf(password)),
    });
    opened.push(session);
    expect(await session.logIn(never)).toMatchObject({ kind: "secondFactor", kinds: ["totp"] });
    await session.answerSecondFactor("totp", secretOf("123456"), never);
    expect(logins).toEqual([
      { username: "root@pam", password },
      {
        username: "root@pam",
        password: "totp:123456",
        "tfa-challenge": 'PBS:!tfa!{"totp"%3Atrue}:6B005D18::half',
      },
    ]);
    expect(await session.version(never)).toEqual({ text: "4.2.1", major: 4, minor: 2 });
    expect(headers).toEqual([
      {
        cookie: "PBSAuthCookie=PBS%3Aroot%40pam%3A6B005A33%3A%3Asig%2Bn%2F%3D%3D",
        authorization: undefined,
      },
    ]);
  });

  it("renews its ticket with the ticket itself", async () => {
    const { server, logins } = await backupServer();
    const clock = fakeClock();
    const session = createSession({
      kind: "pbs",
      routes: [server],
      login: { kind: "password", user: "root@pam" },
      secret: () => Promise.resolve(secretOf(password)),
      clock,
      random: () => 0,
    });
    opened.push(session);
    await session.logIn(never);
    await session.answerSecondFactor("totp", secretOf("123456"), never);
    clock.advance(61 * 60_000);
    await session.version(never);
    expect(logins.at(-1)).toEqual({ username: "root@pam", password: "PBS:root@pam:6B005A33::sig+n/==" });
    expect(logins).toHaveLength(3);
  });

  it("parts token and secret by a colon", async () => {
    const { server, headers } = await backupServer();
    const session = tokenSession(server, {
      kind: "pbs",
      login: { kind: "token", tokenId: "root@pam!app" },
      secret: () => Promise.resolve(secretOf("CANARY-token")),
    });
    opened.push(session);
    await session.version(never);
    expect(headers).toEqual([{ cookie: undefined, authorization: "PBSAPIToken=root@pam!app:CANARY-token" }]);
  });
});

describe("a version", () => {
  it.each([
    ["9.2.11", "9.2", "9.2.11"],
    ["7.4-17", "7.4", "7.4-17"],
    ["3.4", "2", "3.4.2"],
    ["4.2", undefined, "4.2"],
  ])("of %s and release %s is %s", (version, release, text) => {
    expect(versionSchema.parse({ version, release }).text).toBe(text);
  });
});

describe("what the half ticket of a login offers", () => {
  const read = (data: string, kind: "pve" | "pbs" = "pve") =>
    offerOf(`${kind.toUpperCase()}:${data}`, products[kind]);

  it.each([
    ['!tfa!{"totp"%3Atrue,"recovery"%3A[0,1]}:6B005D18::s', ["totp", "recovery"], []],
    ['!tfa!{"yubico"%3Atrue,"recovery"%3A"low"}:6B005D18::s', ["yubico", "recovery"], []],
    ['!tfa!{"totp"%3A1,"webauthn"%3A{"publicKey"%3A{}}}:6B005D18::s', ["totp"], ["webauthn"]],
    ['!tfa!{"webauthn"%3A{},"u2f"%3A{},"recovery"%3A[]}:6B005D18::s', [], ["webauthn", "u2f"]],
    ["tfa!admin@pve:6B005D18::s", ["totp", "yubico"], []],
    ["u2f!admin@pve!challenge:6B005D18::s", [], ["u2f"]],
    ["!tfa!{broken:6B005D18::s", [], []],
    ["!tfa!%E0%A4%A:6B005D18::s", [], []],
    ["admin@pve:6B005D18::s", [], []],
  ])("%s", (data, kinds, bound) => {
    expect(read(data)).toMatchObject({ kinds, bound });
  });

  it("is nothing in the ticket of the other product", () => {
    expect(offerOf('PVE:!tfa!{"totp"%3Atrue}:6B005D18::s', products.pbs).kinds).toEqual([]);
    expect(read('!tfa!{"totp"%3Atrue}:6B005D18::s', "pbs").kinds).toEqual(["totp"]);
  });
});

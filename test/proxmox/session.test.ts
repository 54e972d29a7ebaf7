import { randomUUID } from "node:crypto";
import { inspect } from "node:util";

import { afterEach, describe, expect, it } from "vitest";

import { readVersion } from "../../electron/proxmox/pve/version.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import type { Secret } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session, SessionOptions, SessionState } from "../../electron/proxmox/session.ts";
import { poolRequests } from "./pool-requests.ts";
import { fakeClock } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";
import { apiServer, failureOf, never, pin, sendJson, testCertificate, tokenSession } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

const password = `CANARY-${randomUUID()}`;
const minute = 60_000;

/** A server that gives tickets by the rules of pve-access-control, on the test's clock. */
interface LoginServer extends TestServer {
  /** Forms of all logins, decoded. */
  readonly logins: Record<string, string>[];
  /** `METHOD path` of everything else, with the ticket that came along. */
  readonly calls: string[];
  /** Changes how it behaves. */
  readonly rules: {
    password: string;
    /** So many of the next requests are refused, whatever ticket they carry. */
    refuseTickets: number;
    refuseRenewal: boolean;
    /** Status for logins instead of an answer. */
    brokenLogin: number | null;
    needsCode: boolean;
    code: string;
    kinds: string;
    oldForm: boolean;
    ahead: number;
    refuseCsrf: boolean;
    /** Writes are answered only after `release`. */
    holdWrites: boolean;
    release: () => void;
  };
}

async function loginServer(clock: FakeClock): Promise<LoginServer> {
  const logins: Record<string, string>[] = [];
  const calls: string[] = [];
  const rules: LoginServer["rules"] = {
    password,
    refuseTickets: 0,
    refuseRenewal: false,
    brokenLogin: null,
    needsCode: false,
    code: "123456",
    kinds: '{"totp"%3Atrue,"recovery"%3A[0,1]}',
    oldForm: false,
    ahead: 0,
    refuseCsrf: false,
    holdWrites: false,
    release: () => undefined,
  };
  let count = 0;
  const live = new Map<string, number>();
  const give = (): object => {
    count += 1;
    const ticket = `PVE:admin@pve:6B005A33::ticket+${count}/==`;
    live.set(ticket, clock.now());
    return { username: "admin@pve", ticket, CSRFPreventionToken: `6B005A33:csrf-${count}` };
  };
  const isLive = (ticket: string): boolean => {
    const at = live.get(ticket);
    return at !== undefined && clock.now() - at < 120 * minute;
  };
  const answerLogin = (form: Record<string, string>): readonly [number, unknown, string?] => {
    if (rules.brokenLogin !== null) return [rules.brokenLogin, { data: null }, "Connection refused"];
    if (rules.oldForm && "new-format" in form) {
      const errors = {
        "new-format": "property is not defined in schema and the schema does not allow additional properties",
      };
      return [400, { data: null, errors }, "Parameter verification failed."];
    }
    const isRenewal = form["password"]?.startsWith("PVE:") ?? false;
    const refusal = [
      401,
      { data: null, message: "authentication failure\n" },
      "authentication failure",
    ] as const;
    if (isRenewal)
      return !rules.refuseRenewal && isLive(form["password"] ?? "") ? [200, { data: give() }] : refusal;
    if (form["tfa-challenge"] !== undefined) {
      return form["password"] === `totp:${rules.code}` ? [200, { data: give() }] : refusal;
    }
    if (form["password"] !== rules.password) return refusal;
    if (!rules.needsCode || form["otp"] === rules.code) return [200, { data: give() }];
    const challenge = rules.oldForm
      ? "PVE:tfa!admin@pve:6B005D18::signature"
      : `PVE:!tfa!${rules.kinds}:6B005D18::signature`;
    return [
      200,
      { data: { username: "admin@pve", ticket: challenge, CSRFPreventionToken: "x:y", NeedTFA: 1 } },
    ];
  };
  const server = await apiServer((request, response, body) => {
    response.sendDate = false;
    response.setHeader("date", new Date(clock.now() + rules.ahead).toUTCString());
    if (request.url === "/api2/json/access/ticket") {
      const form = Object.fromEntries(new URLSearchParams(body));
      logins.push(form);
      const [status, answer, reason] = answerLogin(form);
      sendJson(response, status, answer, reason);
      return;
    }
    const ticket = decodeURIComponent(/PVEAuthCookie=([^;]*)/u.exec(request.headers.cookie ?? "")?.[1] ?? "");
    const csrf = request.headers["csrfpreventiontoken"];
    calls.push(
      `${request.method} ${request.url} ${ticket.slice(-11)}${csrf === undefined ? "" : ` ${String(csrf)}`}`,
    );
    if (rules.holdWrites && request.method !== "GET") {
      rules.release = () => sendJson(response, 200, { data: null });
      return;
    }
    rules.refuseTickets -= 1;
    if (rules.refuseTickets >= 0 || !isLive(ticket)) sendJson(response, 401, null, "Authentication failed!");
    else if (request.method !== "GET" && rules.refuseCsrf)
      sendJson(response, 401, null, "Permission denied - invalid csrf token");
    else sendJson(response, 200, { data: { version: "9.2.11" } });
  });
  return { ...server, logins, calls, rules };
}

interface House {
  readonly clock: FakeClock;
  readonly server: LoginServer;
  readonly session: Session;
  readonly states: SessionState[];
  /** What the vault has. */
  secret: Secret | null;
}

async function house(more: Partial<SessionOptions> = {}): Promise<House> {
  const clock = fakeClock();
  const server = await loginServer(clock);
  const states: SessionState[] = [];
  const built = { secret: secretOf(password) as Secret | null };
  const session = createSession({
    kind: "pve",
    routes: [server],
    login: { kind: "password", user: "admin@pve" },
    secret: () => Promise.resolve(built.secret),
    clock,
    random: () => 0,
    onState: (state) => states.push(state),
    ...more,
  });
  opened.push(server, session);
  return Object.assign(built, { clock, server, session, states });
}

const read = async (session: Session): Promise<string> => (await readVersion(session, never)).version.text;
const write = async (session: Session) =>
  await session.write({ request: poolRequests.create, values: { poolid: "x" } }, never);

describe("a login by password", () => {
  it("is made once, by the first who needs it, and kept", async () => {
    const { server, session, states } = await house();
    await Promise.all([read(session), read(session), read(session)]);
    await read(session);
    expect(server.logins).toEqual([{ username: "admin@pve", password, "new-format": "1" }]);
    expect(server.calls).toHaveLength(4);
    expect(states.map((state) => state.kind)).toEqual(["loggedIn"]);
  });

  it("sends the CSRF token with writes and with nothing else", async () => {
    const { server, session } = await house();
    await read(session);
    await write(session);
    expect(server.calls).toEqual([
      "GET /api2/json/version ticket+1/==",
      "POST /api2/json/pools ticket+1/== 6B005A33:csrf-1",
    ]);
  });

  it("is renewed with the ticket itself after an hour, not before", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(59 * minute);
    await read(session);
    expect(server.logins).toHaveLength(1);
    clock.advance(2 * minute);
    await Promise.all([read(session), read(session)]);
    expect(server.logins).toHaveLength(2);
    expect(server.logins[1]).toEqual({
      username: "admin@pve",
      password: "PVE:admin@pve:6B005A33::ticket+1/==",
      "new-format": "1",
    });
    expect(server.calls.at(-1)).toContain("ticket+2");
  });

  it("is renewed at 75 minutes at the latest", async () => {
    const { server, session, clock } = await house({ random: () => 0.999 });
    await read(session);
    clock.advance(74 * minute);
    await read(session);
    expect(server.logins).toHaveLength(1);
    clock.advance(minute);
    await read(session);
    expect(server.logins).toHaveLength(2);
  });

  it("goes on with the old ticket while the server cannot renew it", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(61 * minute);
    server.rules.brokenLogin = 595;
    expect(await read(session)).toBe("9.2.11");
    expect(server.calls.at(-1)).toContain("ticket+1");
    server.rules.brokenLogin = null;
    await read(session);
    expect(server.calls.at(-1)).toContain("ticket+2");
  });

  it("needs the password again once the ticket is dead", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(3 * 60 * minute);
    expect(await read(session)).toBe("9.2.11");
    // The dead ticket itself is not sent: that would count as a failed login.
    expect(server.logins.map((form) => form["password"]?.slice(0, 6))).toEqual(["CANARY", "CANARY"]);
  });

  it("is one login for all who wake up after a sleep, and one refusal where the password has changed", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(8 * 60 * minute);
    await Promise.all(Array.from({ length: 20 }, () => read(session)));
    expect(server.logins).toHaveLength(2);
    clock.advance(8 * 60 * minute);
    server.rules.password = "changed meanwhile";
    const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(read(session))));
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["server.wrongCredentials"]));
    clock.advance(10 * minute);
    expect((await failureOf(read(session))).code).toBe("server.wrongCredentials");
    expect(server.logins).toHaveLength(3);
  });

  it("is the same login at every address of a cluster", async () => {
    const clock = fakeClock();
    const server = await loginServer(clock);
    const other = await apiServer((request, response) => {
      const ticket = /PVEAuthCookie=([^;]*)/u.exec(request.headers.cookie ?? "")?.[1];
      sendJson(response, ticket === undefined ? 401 : 200, { data: { version: "9.2.11" } });
    });
    const session = createSession({
      kind: "pve",
      routes: [server, other],
      login: { kind: "password", user: "admin@pve" },
      secret: () => Promise.resolve(secretOf(password)),
      clock,
      random: () => 0,
    });
    opened.push(server, other, session);
    await read(session);
    await server.close();
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins).toHaveLength(1);
    expect(session.address).toBe(other.address);
  });

  it("works on servers that do not know today's form (PVE 6.4)", async () => {
    const { server, session } = await house();
    server.rules.oldForm = true;
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins.map((form) => "new-format" in form)).toEqual([true, false]);
  });

  it("gives 6.4 the code beside the password, which is all that it knows of a second factor", async () => {
    const { server, session } = await house();
    server.rules.oldForm = true;
    server.rules.needsCode = true;
    expect(await session.logIn(never)).toMatchObject({ kind: "secondFactor", kinds: ["totp", "yubico"] });
    await session.answerSecondFactor("totp", secretOf("123456"), never);
    expect(server.logins.at(-1)).toEqual({ username: "admin@pve", password, otp: "123456" });
    expect(await read(session)).toBe("9.2.11");
  });

  it("says that there is no password, without asking the server", async () => {
    const built = await house();
    built.secret = null;
    expect(await failureOf(read(built.session))).toMatchObject({
      code: "server.sessionExpired",
      details: { params: { reason: "noCredential" } },
    });
    expect(built.server.connections()).toBe(0);
    expect(built.session.state().kind).toBe("noCredential");
  });

  it("leaves waiting to those who want to wait", async () => {
    const { session } = await house();
    const controller = new AbortController();
    const impatient = failureOf(readVersion(session, controller.signal));
    const patient = read(session);
    controller.abort();
    expect((await impatient).code).toBe("cancelled");
    expect(await patient).toBe("9.2.11");
  });
});

describe("a refused login", () => {
  it("is not tried again with the same password, ever", async () => {
    const { server, session, clock } = await house();
    server.rules.password = "another";
    expect((await failureOf(read(session))).code).toBe("server.wrongCredentials");
    clock.advance(24 * 60 * minute);
    expect((await failureOf(read(session))).code).toBe("server.wrongCredentials");
    expect(server.logins).toHaveLength(1);
    expect(session.state().kind).toBe("refused");
  });

  it("is tried with a new password, but not within a minute", async () => {
    const built = await house();
    built.server.rules.password = "another";
    await failureOf(read(built.session));
    built.secret = secretOf("another");
    built.clock.advance(20_000);
    expect(await failureOf(read(built.session))).toMatchObject({
      code: "server.tooManyLogins",
      details: { params: { seconds: 40 } },
    });
    expect(built.server.logins).toHaveLength(1);
    built.clock.advance(40_000);
    expect(await read(built.session)).toBe("9.2.11");
  });

  it("is tried at once when a person asks for it", async () => {
    const built = await house();
    built.server.rules.password = "another";
    await failureOf(read(built.session));
    expect((await failureOf(built.session.logIn(never))).code).toBe("server.wrongCredentials");
    built.secret = secretOf("another");
    expect(await built.session.logIn(never)).toEqual({ kind: "loggedIn" });
    expect(built.server.logins).toHaveLength(3);
  });

  it("of a server that has no service now is not counted as wrong", async () => {
    const { server, session, clock } = await house();
    server.rules.brokenLogin = 595;
    expect((await failureOf(read(session))).code).toBe("server.unavailable");
    clock.advance(1000);
    expect((await failureOf(read(session))).code).toBe("server.unavailable");
    server.rules.brokenLogin = null;
    expect(await read(session)).toBe("9.2.11");
  });
});

describe("a 401", () => {
  it("on a read leads to one renewal and one more try", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(10 * minute);
    // Dead on the server, young to us: as after its key was changed.
    server.rules.refuseTickets = 1;
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins).toHaveLength(2);
    expect(server.calls.map((call) => call.slice(-11))).toEqual([
      "ticket+1/==",
      "ticket+1/==",
      "ticket+2/==",
    ]);
  });

  it("on the ticket that was only just given is a difference of clocks, and no reason for more logins", async () => {
    const { server, session, clock } = await house();
    server.rules.refuseTickets = Number.POSITIVE_INFINITY;
    expect((await failureOf(read(session))).code).toBe("server.clockDifference");
    const logins = server.logins.length;
    expect(logins).toBe(2);
    const calls = server.calls.length;
    expect((await failureOf(read(session))).code).toBe("server.clockDifference");
    expect(server.logins).toHaveLength(logins);
    expect(server.calls.length - calls).toBe(1);
    server.rules.refuseTickets = 0;
    clock.advance(2 * minute);
    expect(await read(session)).toBe("9.2.11");
  });

  it("that neither ticket nor password can cure ends the login", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(10 * minute);
    server.rules.refuseTickets = Number.POSITIVE_INFINITY;
    server.rules.refuseRenewal = true;
    server.rules.password = "changed";
    expect((await failureOf(read(session))).code).toBe("server.wrongCredentials");
    expect((await failureOf(read(session))).code).toBe("server.wrongCredentials");
    expect(server.logins).toHaveLength(3);
  });

  it("on a write is the end of that write; the next request renews first", async () => {
    const { server, session, clock } = await house();
    await read(session);
    clock.advance(5 * minute);
    server.rules.refuseTickets = Number.POSITIVE_INFINITY;
    const outcome = await write(session);
    expect(outcome).toMatchObject({ outcome: "rejected", error: { code: "server.sessionExpired" } });
    expect(server.calls.filter((call) => call.startsWith("POST"))).toHaveLength(1);
    expect(server.logins).toHaveLength(1);
    server.rules.refuseTickets = 0;
    await read(session);
    expect(server.logins).toHaveLength(2);
  });

  it("for the CSRF token is told apart", async () => {
    const { server, session } = await house();
    server.rules.refuseCsrf = true;
    const outcome = await write(session);
    expect(outcome).toMatchObject({
      outcome: "rejected",
      error: { code: "server.sessionExpired", details: { params: { reason: "csrf" } } },
    });
  });
});

describe("a second factor", () => {
  async function asked() {
    const built = await house();
    built.server.rules.needsCode = true;
    const outcome = await built.session.logIn(never);
    return { ...built, outcome };
  }

  it("is asked for, once, and answered", async () => {
    const { outcome, session, server, states, clock } = await asked();
    expect(outcome).toEqual({
      kind: "secondFactor",
      kinds: ["totp", "recovery"],
      expiresAt: clock.now() + 2 * minute,
    });
    expect((await failureOf(read(session))).code).toBe("server.secondFactorRequired");
    expect((await failureOf(read(session))).code).toBe("server.secondFactorRequired");
    expect(server.logins).toHaveLength(1);
    await session.answerSecondFactor("totp", secretOf(" 123456 "), never);
    expect(server.logins[1]).toEqual({
      username: "admin@pve",
      password: "totp:123456",
      "tfa-challenge": 'PVE:!tfa!{"totp"%3Atrue,"recovery"%3A[0,1]}:6B005D18::signature',
      "new-format": "1",
    });
    expect(await read(session)).toBe("9.2.11");
    expect(states.map((state) => state.kind)).toEqual(["secondFactor", "loggedIn"]);
  });

  it("may be answered again after a wrong code", async () => {
    const { session } = await asked();
    expect((await failureOf(session.answerSecondFactor("totp", secretOf("000000"), never))).code).toBe(
      "server.secondFactorWrong",
    );
    await session.answerSecondFactor("totp", secretOf("123456"), never);
    expect(await read(session)).toBe("9.2.11");
  });

  it("comes too late after two minutes, without asking the server", async () => {
    const { session, server, clock } = await asked();
    clock.advance(2 * minute);
    expect((await failureOf(session.answerSecondFactor("totp", secretOf("123456"), never))).code).toBe(
      "server.challengeExpired",
    );
    expect(server.logins).toHaveLength(1);
  });

  it("is not needed to renew", async () => {
    const { session, server, clock } = await asked();
    await session.answerSecondFactor("totp", secretOf("123456"), never);
    clock.advance(70 * minute);
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins).toHaveLength(3);
  });

  it.each([
    '{"webauthn"%3A{"challenge"%3A"x"}}',
    '{"u2f"%3A{}}',
    '{"recovery"%3A[]}',
    "garbage",
    '{"recovery"%3A"unavailable"}',
  ])("that we cannot give is said to be so: %s", async (kinds) => {
    const { server, session } = await house();
    server.rules.needsCode = true;
    server.rules.kinds = kinds;
    expect((await failureOf(session.logIn(never))).code).toBe("server.secondFactorUnsupported");
  });

  it("is not needed again after a restart while the ticket lives", async () => {
    const built = await asked();
    await built.session.answerSecondFactor("totp", secretOf("123456"), never);
    const kept = built.session.exportTicket();
    if (kept === null) throw new Error("no ticket");
    built.clock.advance(50 * minute);
    const next = createSession({
      kind: "pve",
      routes: [built.server],
      login: { kind: "password", user: "admin@pve" },
      secret: () => Promise.resolve(null),
      clock: built.clock,
    });
    opened.push(next);
    expect(next.importTicket(kept)).toBe(true);
    expect(await read(next)).toBe("9.2.11");
    expect(built.server.logins).toHaveLength(2);
  });
});

describe("a kept ticket", () => {
  it("is not taken when it is dead, damaged or somebody else's", async () => {
    const { session, clock } = await house();
    await read(session);
    const kept = session.exportTicket();
    if (kept === null) throw new Error("no ticket");
    expect(session.importTicket(secretOf("{"))).toBe(false);
    expect(session.importTicket(secretOf('{"v":2}'))).toBe(false);
    expect(session.importTicket(secretOf(kept.reveal().replace('"admin@pve"', '"other@pve"')))).toBe(false);
    clock.advance(121 * minute);
    expect(session.importTicket(kept)).toBe(false);
  });

  it("that the server does not know any more costs one renewal, then the password", async () => {
    const { session, server } = await house();
    const kept = secretOf(
      JSON.stringify({
        v: 1,
        user: "admin@pve",
        ticket: "PVE:admin@pve:0::x",
        csrf: "c",
        obtainedAt: Date.now(),
      }),
    );
    expect(session.importTicket(kept)).toBe(true);
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins.map((form) => form["password"]?.slice(0, 6))).toEqual(["PVE:ad", "CANARY"]);
  });
});

describe("an API token", () => {
  async function tokenHouse() {
    const headers: string[] = [];
    const rules = { refuse: false };
    const server = await apiServer((request, response) => {
      headers.push(
        `${request.method} ${request.headers.authorization ?? ""} ${request.headers.cookie ?? "-"} ${String(request.headers["csrfpreventiontoken"] ?? "-")}`,
      );
      if (rules.refuse) sendJson(response, 401, null, "Authentication failed!");
      else sendJson(response, 200, { data: { version: "9.2.11" } });
    });
    const vault = { secret: secretOf("CANARY-1") as Secret | null };
    const session = createSession({
      kind: "pve",
      routes: [server],
      login: { kind: "token", tokenId: "admin@pve!lab" },
      secret: () => Promise.resolve(vault.secret),
      clock: fakeClock(),
    });
    opened.push(server, session);
    return { headers, rules, server, session, vault };
  }

  it("is a header, without cookie and CSRF token", async () => {
    const { headers, session } = await tokenHouse();
    await read(session);
    await write(session);
    expect(headers).toEqual([
      "GET PVEAPIToken=admin@pve!lab=CANARY-1 - -",
      "POST PVEAPIToken=admin@pve!lab=CANARY-1 - -",
    ]);
    expect(session.owner).toBe("admin@pve!lab");
    expect(session.state().kind).toBe("loggedIn");
    expect(session.exportTicket()).toBeNull();
  });

  it("that is refused is not tried again before it is another, or a person asks", async () => {
    const { headers, rules, session, vault } = await tokenHouse();
    rules.refuse = true;
    expect((await failureOf(read(session))).code).toBe("server.tokenRefused");
    expect((await failureOf(read(session))).code).toBe("server.tokenRefused");
    expect(headers).toHaveLength(1);
    expect(session.state().kind).toBe("refused");
    expect((await failureOf(session.logIn(never))).code).toBe("server.tokenRefused");
    expect(headers).toHaveLength(2);
    rules.refuse = false;
    vault.secret = secretOf("CANARY-2");
    expect(await read(session)).toBe("9.2.11");
  });

  it("that is missing is said to be so", async () => {
    const { session, vault, headers } = await tokenHouse();
    vault.secret = null;
    expect((await failureOf(read(session))).details.params).toEqual({ reason: "noCredential" });
    expect(headers).toEqual([]);
  });
});

describe("a session", () => {
  it("freezes when the certificate changes: nothing is sent any more", async () => {
    const { session, states } = await house();
    const server = await apiServer((_request, response) =>
      sendJson(response, 200, { data: { version: "9.2.11" } }),
    );
    opened.push(server);
    const frozen = createSession({
      kind: "pve",
      routes: [{ address: server.address, trust: pin(testCertificate()) }],
      login: { kind: "token", tokenId: "a@pve!t" },
      secret: () => Promise.resolve(secretOf("CANARY")),
      onState: (state) => states.push(state),
    });
    opened.push(frozen);
    expect((await failureOf(read(frozen))).code).toBe("server.certificateChanged");
    const connections = server.connections();
    expect((await failureOf(read(frozen))).code).toBe("server.certificateChanged");
    expect(await write(frozen)).toMatchObject({
      outcome: "neverSent",
      error: { code: "server.certificateChanged" },
    });
    expect((await failureOf(frozen.logIn(never))).code).toBe("server.certificateChanged");
    expect(server.connections()).toBe(connections);
    expect(server.bytes()).toBe(0);
    const state = frozen.state();
    const seen = state.kind === "certificateChanged" ? state.seen : null;
    expect(server.trust).toEqual({ kind: "pinned", fingerprint: seen?.fingerprint });
    expect(states.map((state) => state.kind)).toEqual(["certificateChanged"]);
    expect(session.state().kind).toBe("new");
  });

  it("knows how far the server's clock is from ours", async () => {
    const { session, server, clock } = await house();
    expect(session.clockOffset()).toBeNull();
    expect(session.lastAnswerAt()).toBeNull();
    server.rules.ahead = 2 * 60 * minute;
    await read(session);
    expect(Math.abs((session.clockOffset() ?? 0) - 2 * 60 * minute)).toBeLessThan(1000);
    expect(session.lastAnswerAt()).toBe(clock.now());
  });

  it("asks for the version once in ten minutes", async () => {
    const { session, server, clock } = await house();
    await session.version(never);
    await session.version(never);
    expect(server.calls).toHaveLength(1);
    clock.advance(11 * minute);
    expect(await session.version(never)).toEqual({ text: "9.2.11", major: 9, minor: 2 });
    expect(server.calls).toHaveLength(2);
  });

  it("does nothing any more once it is closed", async () => {
    const { session, server } = await house();
    await read(session);
    await session.close();
    await session.close();
    expect((await failureOf(read(session))).code).toBe("cancelled");
    expect(await write(session)).toMatchObject({ outcome: "neverSent", error: { code: "cancelled" } });
    expect(session.state().kind).toBe("closed");
    expect(server.calls).toHaveLength(1);
  });

  it("gives up what is under way when it is closed", async () => {
    const server = await apiServer(() => undefined);
    const hanging = tokenSession(server);
    opened.push(server);
    const reading = failureOf(read(hanging));
    const writing = write(hanging);
    await expect.poll(() => server.connections()).toBe(2);
    await hanging.close();
    expect((await reading).code).toBe("cancelled");
    server.drop();
    expect(await writing).toMatchObject({ outcome: "ambiguous" });
  });

  it("can renew its login while a launch is waiting for its answer", async () => {
    const { session, server, clock } = await house();
    await read(session);
    server.rules.holdWrites = true;
    const launching = write(session);
    await expect.poll(() => server.calls.length).toBe(2);
    clock.advance(70 * minute);
    expect(await read(session)).toBe("9.2.11");
    expect(server.logins).toHaveLength(2);
    server.rules.release();
    expect(await launching).toMatchObject({ outcome: "answered" });
  });

  it("shows no secret, however it is looked at", async () => {
    const { session, states, server } = await house();
    await read(session);
    server.rules.password = "another";
    const error = await failureOf(session.logIn(never));
    const shown = [
      inspect(session, { depth: 9, showHidden: true }),
      inspect(states, { depth: 9 }),
      JSON.stringify(session),
      inspect(error, { depth: 9 }),
      String(session.exportTicket()),
    ];
    for (const text of shown) {
      expect(text).not.toContain(password);
      expect(text).not.toContain("ticket+");
    }
  });
});

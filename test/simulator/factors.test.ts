import { afterEach, describe, expect, it } from "vitest";
import { PBS_SECURITY_KEY, PBS_YUBICO, SECURITY_KEY, SSO, YUBICO } from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { anonymous, type Server } from "./client.ts";

type Product = {
  readonly name: string;
  readonly start: () => Promise<
    Server & {
      readonly control: { readonly consentOpenId: (url: string, name: string) => string };
      readonly stop: () => Promise<void>;
    }
  >;
  readonly yubico: { readonly username: string; readonly password: string; readonly key: string };
  readonly securityKey: { readonly username: string; readonly password: string };
  readonly ticket: RegExp;
};

const PRODUCTS: readonly Product[] = [
  {
    name: "Proxmox VE",
    start: async () => startSimulator({ world: () => smallWorld(), loginFailureDelayMs: 0 }),
    yubico: YUBICO,
    securityKey: SECURITY_KEY,
    ticket: /^PVE:jo@sso:/,
  },
  {
    name: "a Backup Server",
    start: async () => startBackupServer({ world: () => smallBackupWorld(), loginFailureDelayMs: 0 }),
    yubico: PBS_YUBICO,
    securityKey: PBS_SECURITY_KEY,
    ticket: /^PBS:jo@sso:/,
  },
];

const running: { readonly stop: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (one) => one.stop()));
});

const REDIRECT = "http://127.0.0.1:8217/openid";

describe.each(PRODUCTS)("other logins to $name", ({ start, yubico, securityKey, ticket }) => {
  const open = async (): ReturnType<typeof start> => {
    const server = await start();
    running.push(server);
    return server;
  };

  const challenge = async (
    server: Server,
    { username, password }: { readonly username: string; readonly password: string },
  ): Promise<{ readonly ticket: string; readonly kinds: object }> => {
    const reply = await anonymous(server).post("/access/ticket", { username, password });
    const found = String((reply.body?.data as { ticket?: string } | undefined)?.ticket);
    const json = decodeURIComponent(/!tfa!(.*?):[0-9A-F]{8}::/.exec(found)?.[1] ?? "{}");
    return { ticket: found, kinds: JSON.parse(json) as object };
  };

  it("takes the code of a Yubico key", async () => {
    const server = await open();
    const asked = await challenge(server, yubico);
    expect(asked.kinds).toEqual({ yubico: true });
    const answer = async (code: string): Promise<number> => {
      const fields = { username: yubico.username, "tfa-challenge": asked.ticket, password: `yubico:${code}` };
      return (await anonymous(server).post("/access/ticket", fields)).status;
    };
    expect(await answer("x".repeat(44))).toBe(401);
    expect(await answer(`${yubico.key}${"c".repeat(32)}`)).toBe(200);
  });

  it("offers only a security key to whoever has no other factor", async () => {
    const server = await open();
    expect((await challenge(server, securityKey)).kinds).toMatchObject({
      webauthn: { publicKey: { rpId: "pve.example.test" } },
    });
  });

  it("takes a code of the provider once, for the redirection it was asked for", async () => {
    const server = await open();
    const ask = async (): Promise<URL> => {
      const reply = await anonymous(server).post("/access/openid/auth-url", {
        realm: "sso",
        "redirect-url": REDIRECT,
      });
      return new URL(server.control.consentOpenId(String(reply.body?.data), SSO.name));
    };
    const back = await ask();
    expect(back.href.startsWith(`${REDIRECT}?`)).toBe(true);
    const fields = (url: URL, redirect = REDIRECT): Record<string, string> => ({
      code: url.searchParams.get("code") ?? "",
      state: url.searchParams.get("state") ?? "",
      "redirect-url": redirect,
    });
    const reply = await anonymous(server).post("/access/openid/login", fields(back));
    const data = reply.body?.data as { username: string; ticket: string; CSRFPreventionToken: string };
    expect([data.username, ticket.test(data.ticket)]).toEqual([SSO.username, true]);
    expect((await anonymous(server).post("/access/openid/login", fields(back))).status).toBe(401);
    const elsewhere = fields(await ask(), "http://127.0.0.1:9/other");
    expect((await anonymous(server).post("/access/openid/login", elsewhere)).status).toBe(401);
    const unknown = await anonymous(server).post("/access/openid/auth-url", {
      realm: "none",
      "redirect-url": REDIRECT,
    });
    expect(unknown.status).toBeGreaterThanOrEqual(400);
  });
});

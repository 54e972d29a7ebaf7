import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openIdLogin, openIdUrl } from "../../electron/proxmox/openid.ts";
import { readVersion } from "../../electron/proxmox/pve/version.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import { SECURITY_KEY, SSO, YUBICO } from "../../simulator/credentials.ts";
import { failureOf } from "./lab.ts";
import { before, never, onHost, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});

afterAll(async () => {
  await target.close();
});

const redirectUrl = "http://127.0.0.1:8217/openid";

/** Keys and a provider that no real host has for a test. */
describe.skipIf(onHost || before("7.4"))("a login by other means", () => {
  const accountOf = ({ username, password }: { readonly username: string; readonly password: string }) => ({
    login: { kind: "password", user: username } as const,
    secret: secretOf(password),
  });

  it("takes the code of a Yubico key, and no other", async () => {
    const session = target.session(accountOf(YUBICO));
    expect(await session.logIn(never)).toMatchObject({ kind: "secondFactor", kinds: ["yubico"] });
    const wrong = session.answerSecondFactor("yubico", secretOf("c".repeat(44)), never);
    expect((await failureOf(wrong)).code).toBe("server.secondFactorWrong");
    await session.answerSecondFactor("yubico", secretOf(`${YUBICO.key}${"c".repeat(32)}`), never);
    expect((await readVersion(session, never)).version.major).toBeGreaterThan(5);
  });

  it("is told to be impossible from here where a security key is all there is", async () => {
    const session = target.session(accountOf(SECURITY_KEY));
    const failure = await failureOf(session.logIn(never));
    expect(failure.code).toBe("server.secondFactorUnsupported");
  });

  const asked = async (): Promise<URL> => {
    const server = { kind: "pve", routes: [target] } as const;
    const url = await openIdUrl(server, { realm: "sso", redirectUrl }, never);
    return new URL(target.simulator?.control.consentOpenId(url, SSO.name) ?? url);
  };
  const answerOf = (back: URL, redirect = redirectUrl) => ({
    code: secretOf(back.searchParams.get("code") ?? ""),
    state: back.searchParams.get("state") ?? "",
    redirectUrl: redirect,
  });

  it("goes by a provider's code, once, and only for the redirection that was asked for", async () => {
    const server = { kind: "pve", routes: [target] } as const;
    const back = await asked();
    const ticket = await openIdLogin(server, answerOf(back), never);
    expect(ticket).toMatchObject({ user: SSO.username });
    expect((await failureOf(openIdLogin(server, answerOf(back), never))).code).toBe("openid.refused");
    const elsewhere = answerOf(await asked(), "http://127.0.0.1:9/other");
    expect((await failureOf(openIdLogin(server, elsewhere, never))).code).toBe("openid.refused");
  });
});

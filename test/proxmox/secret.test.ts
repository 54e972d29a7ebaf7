import { randomUUID } from "node:crypto";
import { format, inspect } from "node:util";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createRedactor, redactPatterns, secretOf } from "../../electron/proxmox/secret.ts";

const canary = `CANARY-${randomUUID()}`;

const typeOf = (value: unknown): string => typeof value;

describe("a secret", () => {
  const secret = secretOf(canary);

  it("does not show itself, however it is written out", () => {
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      format("%s %o %O %j", secret, secret, secret, secret),
      Object.keys(secret).join(),
      Object.values(secret).map(typeOf).join(),
      String(new Error("failed", { cause: secret }).cause),
    ];
    for (const text of shown) expect(text).not.toContain(canary);
    expect(shown[0]).toBe("‹secret›");
    expect(shown[1]).toBe('{"secret":"‹secret›"}');
  });

  it("gives itself up to reveal alone", () => {
    expect(secret.reveal()).toBe(canary);
  });

  it("cannot be cloned out of its room", () => {
    expect(() => structuredClone(secret)).toThrow();
  });
});

describe("the redactor", () => {
  it("takes every spelling of a registered value out of a text", () => {
    const value = 'CANARY "ü%/+=&\\ \u00e9';
    const redactor = createRedactor();
    redactor.register(secretOf(value));
    const bytes = Buffer.from(value);
    const spellings = [
      value,
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase().replace("canary", "CANARY"),
      new URLSearchParams({ value }).toString().slice("value=".length),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
      JSON.stringify(value).slice(1, -1),
    ];
    for (const spelling of spellings) {
      const clean = redactor.redact(`before <${spelling}> after`);
      expect(clean).not.toContain(spelling);
      expect(clean).toContain("‹secret›");
      expect(clean.startsWith("before <")).toBe(true);
      expect(clean.endsWith("> after")).toBe(true);
    }
  });

  it("finds any registered value in any text around it", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 64 }),
        fc.string(),
        fc.string(),
        (value, before, after) => {
          fc.pre(!"‹secret›".includes(value) && !value.includes("‹secret›"));
          const redactor = createRedactor();
          redactor.register(secretOf(value));
          for (const spelling of [
            value,
            encodeURIComponent(value.toWellFormed()),
            Buffer.from(value).toString("hex"),
          ]) {
            expect(redactor.redact(`${before} ${spelling} ${after}`)).not.toContain(spelling);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("forgets a value that was taken back", () => {
    const redactor = createRedactor();
    const forget = redactor.register(secretOf(canary));
    expect(redactor.redact(canary)).toBe("‹secret›");
    forget();
    expect(redactor.redact(canary)).toBe(canary);
  });

  it.each([
    ["Cookie: PVEAuthCookie=PVE%3Aroot%40pam%3A6B005A33%3A%3Aabc%2Bdef%3D%3D", "abc"],
    ["PVEAuthCookie=PVE:root@pam:6B005A33::abc+def== rest", "abc+def"],
    ["got ticket PVE:admin@pve:6B005AB3::SIGNATURE/x= back", "SIGNATURE"],
    ["PBS:root@pam:6B005AB3::SIGNATURE", "SIGNATURE"],
    ["vncticket=PVEVNC:6B005AB3::SIGNATURE", "SIGNATURE"],
    ['PVE:!tfa!{"totp"%3Atrue}:6B005D18::SIGNATURE', "SIGNATURE"],
    ["Authorization: PVEAPIToken=admin@pve!lab=0ff1ce00-secret", "0ff1ce00"],
    ["Authorization: PBSAPIToken=admin@pbs!lab:0ff1ce00-secret", "0ff1ce00"],
    ["target-endpoint=host=pve1,apitoken=PVEAPIToken=a@pve!t=0ff1ce00,fingerprint=AA:BB", "0ff1ce00"],
    ["CSRFPreventionToken: 6B005AB3:hmac", "hmac"],
    ['{"CSRFPreventionToken":"6B005AB3:hmac"}', "hmac"],
    ['{"username":"a@pve","password":"pass \\"mellon"}', "mellon"],
    ["username=a%40pve&password=pass%20word&realm=pve", "pass%20word"],
    ["cipassword: hunter22", "hunter22"],
    ["Authorization: Bearer abcdef", "abcdef"],
    ["Authorization: Basic YWJj", "YWJj"],
    ["Cookie: session=abcdef", "abcdef"],
    ["otp=123456", "123456"],
  ])("knows the shape of %j", (text, secret) => {
    const clean = redactPatterns(text);
    expect(clean).not.toContain(secret);
    expect(clean).toContain("‹secret›");
  });

  it.each([
    "INFO: starting new backup job: vzdump 100 --storage local --mode snapshot",
    "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve:",
    "GET /api2/json/nodes/pve1/storage/local/content 200 12 ms",
    "user admin@pve!lab logged in",
  ])("leaves %j as it is", (text) => {
    expect(redactPatterns(text)).toBe(text);
  });
});

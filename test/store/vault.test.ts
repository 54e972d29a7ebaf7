import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { isAppError } from "../../shared/errors.ts";
import { openVault } from "../../electron/store/vault.ts";

import type { SystemSecrets } from "../../electron/host.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import type { Vault } from "../../electron/store/vault.ts";

const canary = "CANARY-9f1c2b64-vault";
let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pxm-vault-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Stands in for the system's storage: reversible, bound to a key of its own. */
function systemOf(backend: string, key = 7, again = false): SystemSecrets {
  const turn = (data: Uint8Array): Uint8Array => data.map((byte) => byte ^ key);
  return {
    backend,
    encrypt: (text) => Promise.resolve(turn(Buffer.from(text, "utf8"))),
    decrypt: (data) => Promise.resolve({ text: Buffer.from(turn(data)).toString("utf8"), again }),
  };
}

function open(system: SystemSecrets | null = null): Promise<Vault> {
  return openVault({ directory, system, now: () => 1_000 });
}

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | "none"> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

async function filesHold(text: string): Promise<boolean> {
  const names = await readdir(directory);
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  const forms = [
    text,
    Buffer.from(text).toString("base64").replace(/=+$/u, ""),
    Buffer.from(text).toString("hex"),
  ];
  return contents.some((content) => forms.some((form) => content.includes(form)));
}

test("an undecided vault refuses to store and says that a place has to be chosen", async () => {
  const vault = await open();
  expect(vault.state).toBe("undecided");
  expect(await codeOf(vault.put("a", canary, true))).toBe("vault.missing");
  expect(vault.where("a")).toBe("none");
});

test("a passphrase vault gives its records back after a restart, with the passphrase only", async () => {
  const first = await open();
  await first.choose({ kind: "passphrase", secret: "correct horse" });
  await first.put("a", canary, true);
  expect(await filesHold(canary)).toBe(false);

  const second = await open();
  expect(second.state).toBe("locked");
  expect(second.where("a")).toBe("stored");
  expect(await codeOf(second.get("a"))).toBe("vault.locked");
  expect(await codeOf(second.unlock("wrong horse"))).toBe("vault.wrongPassphrase");
  expect(second.state).toBe("locked");
  await second.unlock("correct horse");
  expect(await second.get("a")).toBe(canary);
  second.lock();
  expect(await codeOf(second.get("a"))).toBe("vault.locked");
});

test("two swapped records are refused, and both stay in the file", async () => {
  const vault = await open();
  await vault.choose({ kind: "passphrase", secret: "correct horse" });
  await vault.put("a", "secret of a", true);
  await vault.put("b", "secret of b", true);
  const path = join(directory, "vault.json");
  const file = JSON.parse(await readFile(path, "utf8")) as { records: Record<string, unknown> };
  const swapped = { ...file, records: { a: file.records["b"], b: file.records["a"] } };
  await writeFile(path, JSON.stringify(swapped));

  const again = await open();
  await again.unlock("correct horse");
  expect([await codeOf(again.get("a")), await codeOf(again.get("b"))]).toEqual([
    "vault.damaged",
    "vault.damaged",
  ]);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(swapped);
});

test("swapped records of the system's storage are refused too", async () => {
  const system = systemOf("gnome_libsecret");
  const vault = await open(system);
  await vault.choose({ kind: "system" });
  await vault.put("a", "secret of a", true);
  await vault.put("b", "secret of b", true);
  const path = join(directory, "vault.json");
  const file = JSON.parse(await readFile(path, "utf8")) as { records: Record<string, unknown> };
  await writeFile(path, JSON.stringify({ ...file, records: { a: file.records["b"], b: file.records["a"] } }));
  expect(await codeOf((await open(system)).get("a"))).toBe("vault.damaged");
});

test("each record names the place that wrote it, and is written anew when the system asks for it", async () => {
  const vault = await open(systemOf("kwallet6"));
  await vault.choose({ kind: "system" });
  await vault.put("a", canary, true);
  const read = async (): Promise<string> => {
    const file = JSON.parse(await readFile(join(directory, "vault.json"), "utf8")) as {
      records: { a: { backend: string } };
    };
    return file.records.a.backend;
  };
  expect(await read()).toBe("kwallet6");
  const moved = await open(systemOf("gnome_libsecret"));
  expect(await moved.get("a")).toBe(canary);
  expect(await read()).toBe("gnome_libsecret");
});

test("without the system's storage its records are kept and reported as unavailable", async () => {
  const vault = await open(systemOf("keychain"));
  await vault.choose({ kind: "system" });
  await vault.put("a", canary, true);
  const elsewhere = await open(null);
  expect(elsewhere.state).toBe("unavailable");
  expect(await codeOf(elsewhere.get("a"))).toBe("vault.unavailable");
  expect(elsewhere.where("a")).toBe("stored");
  expect(await (await open(systemOf("keychain"))).get("a")).toBe(canary);
});

test("memory only leaves nothing on the disk, whatever was there before", async () => {
  const vault = await open();
  await vault.choose({ kind: "passphrase", secret: "correct horse" });
  await vault.put("a", canary, true);
  await vault.choose({ kind: "memory" });
  expect(await vault.get("a")).toBe(canary);
  expect(vault.where("a")).toBe("memory");
  expect((await readFile(join(directory, "vault.json"), "utf8")).includes('"a"')).toBe(false);
  expect((await open()).where("a")).toBe("none");
});

test("what is not to be remembered stays in memory and survives no change of place onto the disk", async () => {
  const vault = await open();
  await vault.choose({ kind: "memory" });
  await vault.put("kept", "one", true);
  await vault.put("passing", "two", false);
  await vault.choose({ kind: "passphrase", secret: "correct horse" });
  expect([vault.where("kept"), vault.where("passing")]).toEqual(["stored", "memory"]);
});

test("an erased record is in neither the file nor its copy", async () => {
  const vault = await open(systemOf("keychain", 0));
  await vault.choose({ kind: "system" });
  await vault.put("a", canary, true);
  expect(await filesHold('"a"')).toBe(true);
  await vault.erase("a");
  expect(await filesHold('"a"')).toBe(false);
  expect(await vault.get("a")).toBeNull();
});

test("a truncated file is set aside and its copy taken", async () => {
  const vault = await open();
  await vault.choose({ kind: "passphrase", secret: "correct horse" });
  await vault.put("a", canary, true);
  const path = join(directory, "vault.json");
  const whole = await readFile(path, "utf8");
  await writeFile(path, whole.slice(0, whole.length / 2));
  const again = await open();
  await again.unlock("correct horse");
  expect(await again.get("a")).toBe(canary);
  expect((await readdir(directory)).some((name) => name.startsWith("vault.json.damaged-"))).toBe(true);
});

test("a new choice while locked keeps the old file beside the new one", async () => {
  const vault = await open();
  await vault.choose({ kind: "passphrase", secret: "correct horse" });
  await vault.put("a", canary, true);
  const locked = await open();
  await locked.choose({ kind: "passphrase", secret: "battery staple" });
  expect(locked.where("a")).toBe("none");
  expect((await readdir(directory)).some((name) => name.startsWith("vault.json.damaged-"))).toBe(true);
});

test("its files can be read by nobody else", async () => {
  const vault = await open();
  await vault.choose({ kind: "memory" });
  const modes = await Promise.all(
    ["vault.json", "vault.json.bak"].map(async (name) => (await stat(join(directory, name))).mode & 0o777),
  );
  expect(modes).toEqual([0o600, 0o600]);
});

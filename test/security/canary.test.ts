import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { encodeFrame } from "../../shared/bridge-codec.ts";
import {
  filesBelow,
  type Marked,
  scanBytes,
  scanDirectory,
  scanProcess,
  secretFields,
  spellings,
} from "./canary.ts";

const secret: Marked = { name: "planted", text: "CANARY-7e&1 ü/9" };
const bytes = Buffer.from(secret.text, "utf8");

/** The four spellings that the promise names, each as something else would write it. */
const written: readonly (readonly [string, string])[] = [
  ["raw", `before ${secret.text} after`],
  ["base64", Buffer.from(`user:${secret.text}:more`).toString("base64")],
  ["base64", bytes.toString("base64")],
  ["base64url", Buffer.from(`x${secret.text}`).toString("base64url")],
  ["hex", `0x${bytes.toString("hex").toUpperCase()}00`],
  ["URL-encoded", `password=${encodeURIComponent(secret.text)}&x=1`],
  ["form-encoded", new URLSearchParams({ password: secret.text }).toString()],
];

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "pxm-canary-"));
  writeFileSync(join(directory, "settings.json"), '{"theme":"dark"}');
  writeFileSync(join(directory, "proxmoxer.log"), '{"msg":"call"}\n');
  return directory;
}

test("a secret is found in every spelling and at every place in base64, and nothing is found where none is", () => {
  for (const [name, text] of written) {
    const found = scanBytes("x", text, [secret]).map(({ spelling }) => spelling);
    expect(found, text).toContain(name);
  }
  for (let shift = 0; shift < 9; shift += 1) {
    const text = Buffer.from("x".repeat(shift) + secret.text + "y".repeat(shift)).toString("base64");
    expect(scanBytes("x", text, [secret]).length, String(shift)).toBeGreaterThan(0);
  }
  expect(scanBytes("x", JSON.stringify({ theme: "dark", CANARY: 1 }), [secret])).toEqual([]);
  expect(spellings(secret.text).length).toBeGreaterThanOrEqual(4);
});

test("a leak planted in a log or in settings is found", () => {
  for (const [, text] of written) {
    const directory = folder();
    expect(scanDirectory(directory, [secret])).toEqual([]);
    appendFileSync(join(directory, "proxmoxer.log"), text);
    expect(scanDirectory(directory, [secret]).map(({ where }) => where)).toContain(
      join(directory, "proxmoxer.log"),
    );
    writeFileSync(join(directory, "settings.json"), JSON.stringify({ text }));
    expect(scanDirectory(directory, [secret]).map(({ where }) => where)).toContain(
      join(directory, "settings.json"),
    );
  }
});

test("a leak planted in a database is found, in the file or in its journal", () => {
  for (const [, text] of written) {
    const directory = folder();
    const database = new DatabaseSync(join(directory, "jobs.db"));
    database.exec("PRAGMA journal_mode=WAL; CREATE TABLE kept (text TEXT, data BLOB)");
    expect(scanDirectory(directory, [secret])).toEqual([]);
    database.prepare("INSERT INTO kept VALUES (?, ?)").run(text, Buffer.from(text));
    const where = scanDirectory(directory, [secret]).map((leak) => leak.where);
    expect(where.some((file) => file.includes("jobs.db"))).toBe(true);
    database.close();
    expect(filesBelow(directory)).toContain(join(directory, "jobs.db"));
    expect(scanDirectory(directory, [secret]).length).toBeGreaterThan(0);
  }
});

test.runIf(process.platform === "linux")(
  "a leak planted in a child's arguments or environment is found",
  async () => {
    const wait = "process.stdin.resume()";
    for (const [, text] of written) {
      for (const plant of ["arguments", "environment"] as const) {
        const child = spawn(process.execPath, ["-e", wait, ...(plant === "arguments" ? [text] : [])], {
          env: plant === "environment" ? { PLANTED: text } : {},
          stdio: ["pipe", "ignore", "ignore"],
        });
        await once(child, "spawn");
        const name = plant === "arguments" ? "cmdline" : "environ";
        await expect
          .poll(() => scanProcess(process.pid, [secret]).map(({ where }) => where))
          .toContain(`/proc/${child.pid}/${name}`);
        child.kill();
        await once(child, "exit");
      }
    }
  },
);

test("a leak planted in a frame towards the window is found, as text and as bytes", () => {
  for (const [, text] of written) {
    const reply = { t: "reply" as const, id: "a", result: { ok: true as const, value: { text } } };
    expect(scanBytes("reply", encodeFrame(reply), [secret]).length).toBeGreaterThan(0);
    const chunk = { t: "chunk" as const, id: "a", data: Buffer.from(text) };
    expect(scanBytes("chunk", encodeFrame(chunk), [secret]).length).toBeGreaterThan(0);
  }
});

test("a secret in a field of an input is found with the way to it", () => {
  expect(
    secretFields({ name: "lab", credential: { secret: secret.text, note: [secret.text] } }, [secret]),
  ).toEqual(["credential.secret", "credential.note.0"]);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Looks for secrets wherever they could have leaked, in every spelling in which they could have been written. */

export interface Leak {
  /** File, process or frame. */
  readonly where: string;
  /** Name of the secret, never its text. */
  readonly secret: string;
  readonly spelling: string;
}

export interface Marked {
  readonly name: string;
  readonly text: string;
}

/** Base64 shifts with what stands before it: of each of the three ways, the part that does not depend on its neighbours. */
function base64Cores(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/u, "");
    // Characters that also hold bits of the filling in front, and of whatever follows.
    const start = shift === 0 ? 0 : shift + 1;
    const cut = (bytes.length + shift) % 3 === 0 ? 0 : 1;
    return encoded.slice(start, encoded.length - cut);
  });
}

function percentEvery(bytes: Buffer): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

export function spellings(text: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(text, "utf8");
  const base64 = base64Cores(bytes);
  return [
    ["raw", text],
    ["JSON", JSON.stringify(text).slice(1, -1)],
    ["URL-encoded", encodeURIComponent(text)],
    ["form-encoded", new URLSearchParams({ v: text }).toString().slice(2)],
    ["every byte percent-encoded", percentEvery(bytes)],
    ["hex", bytes.toString("hex")],
    ["UTF-16", bytes.toString("utf8").split("").join("\0")],
    ...base64.map((core) => ["base64", core] as const),
    ...base64.map((core) => ["base64url", core.replaceAll("+", "-").replaceAll("/", "_")] as const),
  ];
}

/** One leak per secret and spelling in one place. */
export function scanBytes(
  where: string,
  content: Uint8Array | string,
  secrets: readonly Marked[],
): readonly Leak[] {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  const lower = text.toLowerCase();
  return secrets.flatMap(({ name, text: secret }) =>
    spellings(secret)
      .filter(([spelling, spelled]) => {
        const bytes = Buffer.from(spelled, "utf8").toString("latin1");
        // Hex and percent signs are written in either case.
        return spelling === "hex" || spelling.includes("percent")
          ? lower.includes(bytes.toLowerCase())
          : text.includes(bytes) || text.includes(spelled);
      })
      .map(([spelling]) => ({ where, secret: name, spelling })),
  );
}

/** Every file below a folder: logs, databases with their journals, settings, vault, whatever else lies there. */
export function scanDirectory(directory: string, secrets: readonly Marked[]): readonly Leak[] {
  return filesBelow(directory).flatMap((file) => scanBytes(file, readFileSync(file), secrets));
}

export function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Arguments and environment of a process and of all its descendants, as every program of the user can read them. Linux only. */
export function scanProcess(pid: number, secrets: readonly Marked[]): readonly Leak[] {
  return familyOf(pid).flatMap((member) =>
    ["cmdline", "environ"].flatMap((name) =>
      scanBytes(`/proc/${member}/${name}`, readProc(member, name), secrets),
    ),
  );
}

function readProc(pid: number, name: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${name}`);
  } catch {
    // It ended between listing and reading.
    return Buffer.alloc(0);
  }
}

function familyOf(pid: number): readonly number[] {
  const children = readProc(pid, `task/${pid}/children`).toString("utf8").trim();
  return [
    pid,
    ...(children === "" ? [] : children.split(" ").map(Number)).flatMap((child) => familyOf(child)),
  ];
}

/** Paths of all string fields of an input that hold a secret: only a field named `secret` may. */
export function secretFields(input: unknown, secrets: readonly Marked[], path = ""): readonly string[] {
  if (typeof input === "string") return scanBytes(path, input, secrets).length > 0 ? [path] : [];
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input).flatMap(([key, value]) =>
    secretFields(value, secrets, path === "" ? key : `${path}.${key}`),
  );
}

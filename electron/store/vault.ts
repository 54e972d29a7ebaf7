import { join } from "node:path";

import { z } from "zod";

import { AppError } from "../../shared/errors.ts";
import { readTextFile, setAside, writeFileSafely } from "./safe-file.ts";
import { deriveKey, newKeyRule, seal, unseal } from "./vault-cipher.ts";

import type { SystemSecrets } from "../host.ts";
import type { KeyRule } from "./vault-cipher.ts";

interface Kept {
  readonly text: string;
  /** It may go to the disk as soon as there is a place for it. */
  readonly remember: boolean;
}

interface Place {
  readonly mode: VaultMode;
  readonly key: Buffer | null;
}

export type VaultState = "undecided" | "system" | "locked" | "unlocked" | "memory" | "unavailable";
export type VaultMode = "undecided" | "system" | "passphrase" | "memory";
export type VaultChoice =
  | { readonly kind: "system" }
  | { readonly kind: "passphrase"; readonly secret: string }
  | { readonly kind: "memory" };

/**
 * The only place that sees stored secrets. A record is a text under an id; which ids there are is the caller's business. A record
 * that cannot be read any more is kept as it is.
 */
export interface Vault {
  readonly mode: VaultMode;
  readonly state: VaultState;
  choose(choice: VaultChoice): Promise<void>;
  /** Throws AppError vault.wrongPassphrase. */
  unlock(passphrase: string): Promise<void>;
  lock(): void;
  /** Throws unless a record could be kept on disk now: AppError vault.missing, vault.locked, vault.unavailable. */
  requireStorable(): void;
  /** `remember: false` keeps it until the app ends, and takes an older one off the disk. */
  put(id: string, text: string, remember: boolean): Promise<void>;
  /** null = there is none. Throws AppError vault.locked, vault.unavailable, vault.damaged. */
  get(id: string): Promise<string | null>;
  /** All records, in memory and on disk. */
  ids(): readonly string[];
  /** Where a record is, without opening it. */
  where(id: string): "stored" | "memory" | "none";
  /** From memory, from the file and from its copy. */
  erase(id: string): Promise<void>;
}

const recordSchema = z.object({ backend: z.string(), data: z.base64() });
const fileSchema = z.object({
  version: z.literal(1),
  mode: z.enum(["undecided", "system", "passphrase", "memory"]),
  key: z.object({ salt: z.string(), cost: z.number(), block: z.number() }).optional(),
  /** A known text under the passphrase's key: tells a wrong passphrase from a damaged record. */
  check: z.string().optional(),
  records: z.record(z.string(), recordSchema),
});
type VaultFile = z.infer<typeof fileSchema>;
type VaultRecord = z.infer<typeof recordSchema>;

const passphraseBackend = "passphrase";
const checkId = "vault-check";
const checkText = "proxmoxer";
const emptyFile: VaultFile = { version: 1, mode: "undecided", records: {} };
/** What the system's storage encrypts: it knows no authenticated data, so the record's id lies inside. */
const systemRecordSchema = z.object({ id: z.string(), text: z.string() });

export interface VaultOptions {
  readonly directory: string;
  readonly system: SystemSecrets | null;
  readonly now: () => number;
}

/** Opens the vault's file; a damaged one is set aside and its copy taken. Throws AppError store.failed. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const path = join(options.directory, "vault.json");
  const backupPath = `${path}.bak`;
  const { system } = options;
  let file = await readVaultFile(path, backupPath, options.now());
  let key: Buffer | null = null;
  const memory = new Map<string, Kept>();
  /** Writes follow one another: two at once would each lose the other's record. */
  let queue: Promise<unknown> = Promise.resolve();

  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = queue.then(work, work);
    queue = run.catch(() => undefined);
    return run;
  }

  async function save(next: VaultFile): Promise<void> {
    const text = JSON.stringify(next);
    await writeFileSafely(path, text);
    file = next;
    await writeFileSafely(backupPath, text);
  }

  function state(): VaultState {
    switch (file.mode) {
      case "undecided":
      case "memory":
        return file.mode;
      case "passphrase":
        return key === null ? "locked" : "unlocked";
      case "system":
        return system === null ? "unavailable" : "system";
      default:
        return file.mode satisfies never;
    }
  }

  function requireStorable(): void {
    const now = state();
    if (now === "undecided") throw new AppError("vault.missing");
    if (now === "locked") throw new AppError("vault.locked");
    if (now === "unavailable") throw new AppError("vault.unavailable");
  }

  async function encrypt(place: Place, id: string, text: string): Promise<VaultRecord> {
    if (place.mode === "passphrase" && place.key !== null) {
      return { backend: passphraseBackend, data: seal(place.key, id, text).toString("base64") };
    }
    if (place.mode === "system" && system !== null) {
      const data = await system.encrypt(JSON.stringify({ id, text }));
      return { backend: system.backend, data: Buffer.from(data).toString("base64") };
    }
    throw new AppError("vault.unavailable");
  }

  async function decrypt(id: string, record: VaultRecord): Promise<{ text: string; again: boolean }> {
    const data = Buffer.from(record.data, "base64");
    if (record.backend === passphraseBackend) {
      if (key === null) throw new AppError("vault.locked");
      return { text: unseal(key, id, data), again: false };
    }
    if (system === null) throw new AppError("vault.unavailable");
    try {
      const opened = await system.decrypt(data);
      const inner = systemRecordSchema.parse(JSON.parse(opened.text));
      if (inner.id !== id) throw new AppError("vault.damaged");
      return { text: inner.text, again: opened.again || record.backend !== system.backend };
    } catch (error) {
      throw new AppError("vault.damaged", { cause: error });
    }
  }

  async function storeRecord(id: string, text: string): Promise<void> {
    const record = await encrypt({ mode: file.mode, key }, id, text);
    await save({ ...file, records: { ...file.records, [id]: record } });
  }

  async function dropRecord(id: string): Promise<void> {
    if (!Object.hasOwn(file.records, id)) return;
    const { [id]: _gone, ...records } = file.records;
    await save({ ...file, records });
  }

  /** Every text on disk that can be read now, so that a change of place takes them along. */
  async function readable(): Promise<Map<string, Kept>> {
    const texts = new Map<string, Kept>();
    for (const [id, record] of Object.entries(file.records)) {
      try {
        texts.set(id, { text: (await decrypt(id, record)).text, remember: true });
      } catch (error) {
        // Unreadable ones stay behind in the file that is set aside.
        if (!(error instanceof AppError)) throw error;
      }
    }
    return texts;
  }

  async function choose(choice: VaultChoice): Promise<void> {
    if (choice.kind === "system" && system === null) throw new AppError("vault.unavailable");
    const texts = await readable();
    const unread = Object.keys(file.records).some((id) => !texts.has(id));
    for (const [id, kept] of memory) texts.set(id, kept);
    const nextKey = choice.kind === "passphrase" ? await newKey(choice.secret) : null;
    const place: Place = { mode: choice.kind, key: nextKey?.key ?? null };
    const records: Record<string, VaultRecord> = {};
    const stay = new Map<string, Kept>();
    for (const [id, kept] of texts) {
      if (choice.kind === "memory" || !kept.remember) stay.set(id, kept);
      else records[id] = await encrypt(place, id, kept.text);
    }
    if (unread) await setAside(path, options.now());
    await save({ version: 1, mode: choice.kind, records, ...nextKey?.header });
    key?.fill(0);
    key = place.key;
    memory.clear();
    for (const [id, kept] of stay) memory.set(id, kept);
  }

  async function unlock(passphrase: string): Promise<void> {
    if (file.mode !== "passphrase") throw new AppError("vault.missing");
    if (file.key === undefined || file.check === undefined) throw new AppError("vault.damaged");
    const candidate = await deriveKey(passphrase, file.key);
    try {
      unseal(candidate, checkId, Buffer.from(file.check, "base64"));
    } catch (error) {
      throw new AppError("vault.wrongPassphrase", { cause: error });
    }
    key?.fill(0);
    key = candidate;
  }

  return {
    get mode() {
      return file.mode;
    },
    get state() {
      return state();
    },
    choose: (choice) => exclusive(() => choose(choice)),
    unlock: (passphrase) => exclusive(() => unlock(passphrase)),
    lock() {
      key?.fill(0);
      key = null;
    },
    requireStorable,
    put: (id, text, remember) =>
      exclusive(async () => {
        if (!remember || file.mode === "memory") {
          memory.set(id, { text, remember });
          await dropRecord(id);
          return;
        }
        requireStorable();
        await storeRecord(id, text);
        memory.delete(id);
      }),
    async get(id) {
      // Said at once, not after an unlocking that is under way: who asked while it was locked has to ask again.
      if (!memory.has(id) && Object.hasOwn(file.records, id) && state() === "locked") {
        throw new AppError("vault.locked");
      }
      return exclusive(async () => {
        const known = memory.get(id);
        if (known !== undefined) return known.text;
        const record = Object.hasOwn(file.records, id) ? file.records[id] : undefined;
        if (record === undefined) return null;
        const { text, again } = await decrypt(id, record);
        if (again && file.mode === "system") await storeRecord(id, text);
        return text;
      });
    },
    ids: () => [...new Set([...memory.keys(), ...Object.keys(file.records)])],
    where(id) {
      if (memory.has(id)) return "memory";
      return Object.hasOwn(file.records, id) ? "stored" : "none";
    },
    erase: (id) =>
      exclusive(async () => {
        memory.delete(id);
        await dropRecord(id);
      }),
  };
}

async function newKey(
  passphrase: string,
): Promise<{ readonly key: Buffer; readonly header: { readonly key: KeyRule; readonly check: string } }> {
  const rule = newKeyRule();
  const key = await deriveKey(passphrase, rule);
  return { key, header: { key: rule, check: seal(key, checkId, checkText).toString("base64") } };
}

async function readVaultFile(path: string, backupPath: string, now: number): Promise<VaultFile> {
  for (const candidate of [path, backupPath]) {
    const text = await readTextFile(candidate);
    if (text === null) continue;
    const parsed = parseVaultFile(text);
    if (parsed !== null) return parsed;
    await setAside(candidate, now);
  }
  return emptyFile;
}

function parseVaultFile(text: string): VaultFile | null {
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    // Whatever is wrong with it, the caller keeps the file and goes on with the copy.
    return null;
  }
}

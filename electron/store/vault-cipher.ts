import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";

import { AppError } from "../../shared/errors.ts";

/** Grows when the layout of a sealed record changes; the first byte of each. */
const formatVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
const saltBytes = 16;
/** N = 2^17, r = 8: about 128 MiB and a third of a second per guess, the least that is asked of scrypt for stored secrets today. */
const scryptCost = 2 ** 17;
const scryptBlock = 8;
/** Node refuses more than 32 MiB by default; scrypt needs 128 · N · r bytes and a little. */
const scryptMemory = 192 * 1024 * 1024;

export interface KeyRule {
  readonly salt: string;
  readonly cost: number;
  readonly block: number;
}

export function newKeyRule(): KeyRule {
  return { salt: randomBytes(saltBytes).toString("base64"), cost: scryptCost, block: scryptBlock };
}

/** Derives the vault's key. Throws AppError vault.damaged where the rule asks for less or more than this app ever wrote. */
export function deriveKey(passphrase: string, rule: KeyRule): Promise<Buffer> {
  if (rule.cost !== scryptCost || rule.block !== scryptBlock) {
    return Promise.reject(new AppError("vault.damaged"));
  }
  const salt = Buffer.from(rule.salt, "base64");
  const options = { N: rule.cost, r: rule.block, p: 1, maxmem: scryptMemory };
  return new Promise((resolve, reject) => {
    // The same passphrase typed on two systems may arrive composed or decomposed.
    scrypt(passphrase.normalize("NFC"), salt, keyBytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(new AppError("vault.unavailable", { cause: error }));
    });
  });
}

/** version byte · nonce · tag · ciphertext. The record's id is authenticated, so that two records cannot be swapped. */
export function seal(key: Buffer, recordId: string, text: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(authenticatedData(recordId));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.from([formatVersion]), nonce, cipher.getAuthTag(), sealed]);
}

/** Throws AppError vault.damaged for anything that was not sealed with this key for this record. */
export function unseal(key: Buffer, recordId: string, data: Buffer): string {
  if (data.length < 1 + nonceBytes + tagBytes || data[0] !== formatVersion) {
    throw new AppError("vault.damaged");
  }
  const tagStart = 1 + nonceBytes;
  const textStart = tagStart + tagBytes;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(1, tagStart), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(authenticatedData(recordId));
    decipher.setAuthTag(data.subarray(tagStart, textStart));
    return Buffer.concat([decipher.update(data.subarray(textStart)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new AppError("vault.damaged", { cause: error });
  }
}

function authenticatedData(recordId: string): Buffer {
  return Buffer.from(`proxmoxer-vault:${String(formatVersion)}:${recordId}`, "utf8");
}

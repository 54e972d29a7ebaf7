import { inspect } from "node:util";

const shown = "‹secret›";
/** Shorter ones would black out half of any text. */
const minRegistered = 4;

/** A text that cannot be shown, logged or serialised by accident. */
export interface Secret {
  /** The text itself. Called here, in `auth.ts` and where the vault takes it over, nowhere else. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

export function secretOf(text: string): Secret {
  return Object.freeze({
    reveal: () => text,
    toString: () => shown,
    toJSON: () => shown,
    [Symbol.toPrimitive]: () => shown,
    [inspect.custom]: () => shown,
  });
}

/** Texts that give a secret away whatever its value is: headers, cookies, tickets and fields of forms and JSON. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /((?:PVE|PBS)(?:VNC)?:(?:[^\s:"'&;,]|%3A)+(?::|%3A)[0-9A-Fa-f]{8}(?:::|%3A%3A))[^\s"'&;,}]+/giu,
    "$1‹secret›",
  ],
  [/((?:PVE|PBS):!tfa!).*?:[0-9A-F]{8}::[^\s"'&;]+/giu, "$1‹secret›"],
  [/((?:PVE|PBS)APIToken(?:=|%3D)[^\s=:"']+?(?:=|:|%3D|%3A))[^\s"'&,;}]+/giu, "$1‹secret›"],
  [/((?:__Host-)?(?:PVE|PBS)AuthCookie(?:=|%3D|["']?\s*:\s*["']?))[^\s"'&,;}]+/giu, "$1‹secret›"],
  [/(CSRFPreventionToken["']?\s*(?:=|:|%3D)\s*["']?)[^\s"'&,;}]+/giu, "$1‹secret›"],
  [
    /((?:Authorization|Proxy-Authorization|(?:Set-)?Cookie)["']?\s*[:=]\s*["']?(?:(?:Basic|Bearer)\s+)?)(?!(?:PVE|PBS))[^\s"',;}]+/giu,
    "$1‹secret›",
  ],
  [
    /(["']?(?:[a-z_-]*password|passphrase|apitoken|api[-_]?key|secret|ticket|tfa-challenge|otp|keyring)["']?\s*(?:=|:|%3D)\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!‹)[^\s"'&,;}]+)/giu,
    "$1‹secret›",
  ],
];

/** Every way in which a value may be written where it leaks: raw, URL-encoded, base64 (both alphabets), hex, JSON-escaped. */
function spellings(value: string): readonly string[] {
  const bytes = Buffer.from(value, "utf8");
  const encoded = encodeURIComponent(value);
  const form = new URLSearchParams({ v: value }).toString().slice(2);
  const base64 = bytes.toString("base64").replace(/=+$/u, "");
  const hex = bytes.toString("hex");
  const all = [
    value,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase()),
    form,
    base64,
    bytes.toString("base64url"),
    hex,
    hex.toUpperCase(),
    JSON.stringify(value).slice(1, -1),
  ];
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

export interface Redactor {
  /** Makes every spelling of it unreadable from now on; the returned function takes it back. */
  register(secret: Secret): () => void;
  redact(text: string): string;
}

/** Takes away what looks like a credential, without knowing any. */
export function redactPatterns(text: string): string {
  return patterns.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text);
}

/** One for the whole app: every sink (log, errors, history, export) passes its texts through `redact`. */
export function createRedactor(): Redactor {
  const known = new Map<symbol, readonly string[]>();
  return {
    register: (secret) => {
      const value = secret.reveal();
      const key = Symbol("secret");
      if (value.length >= minRegistered) known.set(key, spellings(value));
      return () => void known.delete(key);
    },
    redact: (text) => {
      let clean = text;
      for (const values of known.values()) for (const value of values) clean = clean.replaceAll(value, shown);
      return redactPatterns(clean);
    },
  };
}

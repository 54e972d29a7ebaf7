import { isIP } from "node:net";
import { domainToASCII } from "node:url";

import { AppError } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import { products } from "./product.ts";

/** The proxies' are those of Squid and RFC 1928. */
const defaultPorts = { pve: products.pve.port, pbs: products.pbs.port, http: 3128, socks5: 1080 } as const;
export type AddressKind = keyof typeof defaultPorts;
/** A DNS name cannot be longer (RFC 1035). */
const maxHostLength = 253;

export interface ParsedAddress {
  /** Canonical `host:port`, IPv6 in brackets. */
  readonly address: string;
  /** The host as it is really asked, where the typed one is not plain ASCII. */
  readonly punycode: string | null;
}

function refuse(code: ErrorCode, params: Record<string, string> = {}): never {
  throw new AppError(code, { params, fields: { address: code } });
}

/** Takes `https://` away and refuses every other scheme; `pve1:8006` has none. */
function withoutScheme(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//iu.exec(text);
  if (scheme === null) return text;
  const name = (scheme[1] ?? "").toLowerCase();
  if (name === "http") refuse("address.http");
  if (name !== "https") refuse("address.scheme");
  return text.slice(scheme[0].length);
}

/** Only the origin counts. The web interface's own `#v1:…` behind a slash is what people paste, so it is let go. */
function withoutPath(text: string): string {
  const end = text.search(/[/?#]/u);
  if (end === -1) return text;
  const rest = text.slice(end);
  if (rest !== "/" && !/^\/?(?:\?[^#]*)?#/u.test(rest)) refuse("address.path");
  return text.slice(0, end);
}

/** Two colons without brackets: an IPv6 address on its own, or nothing that we know. */
function bareIpv6(text: string, fallback: number): { readonly host: string; readonly port: number } {
  if (isIP(text) !== 6 || text.includes("%")) refuse(text.includes("%") ? "address.zone" : "address.host");
  return { host: text, port: fallback };
}

function splitPort(text: string, fallback: number): { readonly host: string; readonly port: number } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/u.exec(text);
  const [, host = "", port] = bracketed ?? /^([^:]*)(?::([^:]*))?$/u.exec(text) ?? [];
  if (bracketed === null && text.split(":").length > 2) return bareIpv6(text, fallback);
  if (bracketed !== null && host.includes("%")) refuse("address.zone");
  if (bracketed !== null && isIP(host) !== 6) refuse("address.host");
  if (port === undefined) return { host, port: fallback };
  if (!/^[0-9]{1,5}$/u.test(port)) refuse("address.port");
  const number = Number(port);
  if (number < 1 || number > 65_535) refuse("address.port");
  return { host, port: number };
}

/** A name as DNS knows it, or a dotted IPv4 address in its one plain form. */
function canonicalName(host: string): string {
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  const ascii = domainToASCII(name);
  if (ascii === "" || ascii.length > maxHostLength) refuse("address.host");
  return ascii;
}

function isLabel(label: string): boolean {
  return /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/u.test(label);
}

/**
 * Reads what a person types or pastes as an address and gives back the one canonical form of it.
 * Throws AppError `address.*`; `address.ambiguous` where a number would silently become an IP address (`127.1`, `0x7f.1`).
 */
export function parseAddress(typed: string, kind: AddressKind): ParsedAddress {
  const text = typed.trim();
  if (text === "") refuse("address.empty");
  // eslint-disable-next-line no-control-regex -- they are what is refused
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]/u.test(text)) refuse("address.host");
  const origin = withoutPath(withoutScheme(text));
  if (origin.includes("@")) refuse("address.userinfo");
  if (origin.length > maxHostLength + "[]:65535".length) refuse("address.tooLong");
  if (origin.includes("\\") || (origin.includes("%") && !origin.includes("::") && !origin.startsWith("[")))
    refuse("address.host");
  const { host, port } = splitPort(origin, defaultPorts[kind]);
  if (host === "") refuse(origin === "" ? "address.empty" : "address.host");
  if (host.length > maxHostLength) refuse("address.tooLong");
  if (isIP(host) === 6)
    return { address: `${new URL(`https://[${host}]`).hostname}:${port}`, punycode: null };
  const name = canonicalName(host);
  if (isIP(name) === 4) {
    if (name !== host) refuse("address.ambiguous", { address: `${name}:${port}` });
    return { address: `${name}:${port}`, punycode: null };
  }
  if (!name.split(".").every(isLabel)) refuse("address.host");
  const plain = host.toLowerCase().replace(/\.$/u, "");
  return { address: `${name}:${port}`, punycode: name === plain ? null : name };
}

/** A proxy's address, `http://` or `socks5://` before it let go. Throws AppError `address.*`, its field named `proxyAddress`. */
export function parseProxyAddress(typed: string, kind: "http" | "socks5"): string {
  const scheme = kind === "http" ? /^http:\/\//iu : /^socks5h?:\/\//iu;
  try {
    return parseAddress(typed.trim().replace(scheme, ""), kind).address;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, { ...error.details, fields: { proxyAddress: error.code } });
  }
}

/** Takes a canonical address apart again. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/gu, ""),
    port: Number(address.slice(colon + 1)),
  };
}

import { createHash } from "node:crypto";
import type { X509Certificate } from "node:crypto";
import * as tls from "node:tls";

import { buildConnector } from "undici";

import type { Certificate, Trust } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { splitAddress } from "./address.ts";
import { fromNetworkError } from "./errors.ts";
import { serverText } from "./server-text.ts";
import type { Tunnel } from "./tunnel.ts";

/** TCP and TLS together; a VPN over satellite needs 3 s, nobody waits longer than this for a login form. */
export const connectTimeoutMs = 10_000;
/** A certificate with a thousand names is shown with its first ones. */
const maxNames = 64;
const maxNameLength = 253;

/** Certificates of authorities that count as trusted, as PEM. Given in tests; else Node's own and the system's. */
export type Authorities = () => readonly string[];

export const systemAuthorities: Authorities = () => {
  // Electron's BoringSSL build may lack it: then the built-in list has to do.
  if (typeof tls.getCACertificates !== "function") return tls.rootCertificates;
  return [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
};

/** RFC 4514 order and commas in the place of Node's one-a-line form. */
function distinguishedName(text: string | undefined): string {
  return serverText((text ?? "").split("\n").filter(Boolean).toReversed().join(", ")).slice(0, 512);
}

function subjectNames(text: string | undefined): string[] {
  return (text ?? "")
    .split(", ")
    .map((entry) => serverText(entry.replace(/^(?:DNS|IP Address):/u, "")).slice(0, maxNameLength))
    .filter((entry) => entry !== "")
    .slice(0, maxNames);
}

export function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}

/** What a person can judge of a certificate; its texts are made safe to show. */
export function describeCertificate(certificate: X509Certificate): Certificate {
  return {
    fingerprint: fingerprintOf(certificate),
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    names: subjectNames(certificate.subjectAltName),
    validFrom: Date.parse(certificate.validFrom),
    validTo: Date.parse(certificate.validTo),
    selfSigned: certificate.issuer === certificate.subject,
  };
}

/** Carries the certificate that was seen where another is pinned, as the cause of `server.certificateChanged`. */
class SeenCertificateError extends Error {
  readonly certificate: Certificate | null;

  constructor(certificate: Certificate | null) {
    super("another certificate than the trusted one");
    this.name = "SeenCertificateError";
    this.certificate = certificate;
  }
}

/** The certificate that a server showed in place of the pinned one; null where the error is another, or it showed none. */
export function seenCertificate(error: AppError): Certificate | null {
  const { cause } = error.details;
  return cause instanceof SeenCertificateError ? cause.certificate : null;
}

function certificateChanged(address: string, seen: X509Certificate | undefined): AppError {
  const certificate = seen === undefined ? null : describeCertificate(seen);
  return new AppError("server.certificateChanged", {
    params: { address, fingerprint: certificate?.fingerprint ?? "" },
    cause: new SeenCertificateError(certificate),
  });
}

export type Connector = (options: buildConnector.Options, callback: buildConnector.Callback) => void;

export interface ConnectorOptions {
  readonly address: string;
  readonly trust: Trust;
  readonly authorities: Authorities;
  /** null = the plain way. */
  readonly tunnel: Tunnel | null;
  readonly timeoutMs: number;
}

/**
 * Opens connections that are checked before undici may write the first byte of a request.
 * Pinned: exactly this certificate, whoever signed it, whatever its name and dates. Node's own check is off then and
 * `checkServerIdentity` would never be called, so the comparison is done here by hand; without a session cache, because a
 * resumed session shows no certificate.
 * System: a trusted chain and the right name, by Node.
 * Through a proxy it is the same: the tunnel gives a plain socket, and TLS begins at its far end.
 * Fails with AppError `server.certificateChanged` (pinned), `proxy.*` or Node's error.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const { address, tunnel, timeoutMs } = options;
  const checked = directConnector(options);
  if (tunnel === null) return checked;
  return (target, callback) => {
    const connectThrough = async (): Promise<void> => {
      try {
        const httpSocket = await tunnel(splitAddress(address), timeoutMs);
        checked({ ...target, httpSocket }, callback);
      } catch (error) {
        callback(fromNetworkError(error, { address }), null);
      }
    };
    void connectThrough();
  };
}

const minVersion = "TLSv1.2";
/** Made once: a context for each of thousands of connections costs more than all that is asked over them. It holds no authority. */
const pinnedContext = tls.createSecureContext({ minVersion, ca: [] });
const contexts = new WeakMap<Authorities, tls.SecureContext>();

/** Reading some 250 authorities takes tens of milliseconds: once for all servers, and again when the app starts. */
function trustingContext(authorities: Authorities): tls.SecureContext {
  const known = contexts.get(authorities);
  if (known !== undefined) return known;
  const made = tls.createSecureContext({ minVersion, ca: [...authorities()] });
  contexts.set(authorities, made);
  return made;
}

function directConnector({ address, trust, authorities, timeoutMs }: ConnectorOptions): Connector {
  const common = { allowH2: false, maxCachedSessions: 0, timeout: timeoutMs } as const;
  if (trust.kind === "system") {
    return buildConnector({ ...common, secureContext: trustingContext(authorities) });
  }
  const connect = buildConnector({ ...common, secureContext: pinnedContext, rejectUnauthorized: false });
  return (target, callback) => {
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const seen = socket instanceof tls.TLSSocket ? socket.getPeerX509Certificate() : undefined;
      if (seen !== undefined && fingerprintOf(seen) === trust.fingerprint) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(certificateChanged(address, seen), null);
    });
  };
}

export interface SeenCertificate {
  readonly certificate: Certificate;
  /** A trusted authority signed it, it is in date, and it is for this name. */
  readonly trustedBySystem: boolean;
}

export interface LookOptions {
  readonly authorities: Authorities;
  readonly tunnel: Tunnel | null;
  readonly signal: AbortSignal;
}

/**
 * One TLS handshake, only to read the certificate: no byte of HTTP is sent.
 * Throws AppError `server.unreachable`, `.nameNotFound`, `.timeout`, `.notProxmox` (no TLS there), `.certificateInvalid`, `proxy.*`,
 * `cancelled`.
 */
export async function readCertificate(address: string, options: LookOptions): Promise<SeenCertificate> {
  const { authorities, tunnel, signal } = options;
  const { host, port } = splitAddress(address);
  if (signal.aborted) throw new AppError("cancelled", { cause: signal.reason });
  const plain = tunnel === null ? null : await tunnel({ host, port }, connectTimeoutMs);
  return await new Promise<SeenCertificate>((resolve, reject) => {
    const socket = tls.connect({
      ...(plain === null ? {} : { socket: plain }),
      host,
      port,
      // A name only: RFC 6066 allows no IP addresses here.
      ...(/^[0-9.]+$|:/u.test(host) ? {} : { servername: host }),
      secureContext: trustingContext(authorities),
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
    });
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      reject(fromNetworkError(cause, { address }));
    };
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(
      () => fail(new AppError("server.timeout", { params: { address, seconds: connectTimeoutMs / 1000 } })),
      connectTimeoutMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      const seen = socket.getPeerX509Certificate();
      if (seen === undefined) {
        fail(new AppError("server.certificateInvalid", { params: { address, reason: "none" } }));
        return;
      }
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve({ certificate: describeCertificate(seen), trustedBySystem: socket.authorized });
    });
  });
}

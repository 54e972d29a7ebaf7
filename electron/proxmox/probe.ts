import { z } from "zod";

import type { Trust } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { badShape, failedAnswer, readEnvelope } from "./envelope.ts";
import { fromAnswer } from "./errors.ts";
import { prepare } from "./requests/prepare.ts";
import type { ApiPath } from "./requests/prepare.ts";
import { accessRequests } from "./requests/pve/access.ts";
import { knownVersions } from "./requests/versions.ts";
import { flagField, plainTextField, requiredText, rowsOf } from "./schema.ts";
import { readCertificate, systemAuthorities } from "./tls.ts";
import type { Authorities, SeenCertificate } from "./tls.ts";
import { createTransport } from "./transport.ts";
import type { Route } from "./transport.ts";
import type { Tunnel } from "./tunnel.ts";
import type { WireAnswer } from "./wire.ts";

export interface Probe extends SeenCertificate {
  readonly kind: "pve" | "pbs";
}

export interface ProbeOptions {
  readonly signal: AbortSignal;
  readonly authorities?: Authorities;
  readonly tunnel?: Tunnel | null;
}

/** Of the start page only this much is looked at. */
const pageLength = 64 * 1024;

/** By the server's own name where it stands in the header, else by the title of its start page (a proxy may hide the header). */
function kindOf(answer: WireAnswer): "pve" | "pbs" | null {
  if (/^pve-api-daemon\b/u.test(answer.server)) return "pve";
  if (answer.status !== 200) return null;
  const title =
    /<title>([^<]*)<\/title>/iu.exec(answer.body.subarray(0, pageLength).toString("latin1"))?.[1] ?? "";
  if (/Proxmox Backup Server/u.test(title)) return "pbs";
  return /Proxmox Virtual Environment/u.test(title) ? "pve" : null;
}

/** One GET without any credential. */
async function getOnce(
  route: Route,
  path: ApiPath | "/",
  { signal, authorities = systemAuthorities, tunnel = null }: ProbeOptions,
): Promise<WireAnswer> {
  const transport = createTransport({ routes: [route], authorities, tunnel });
  try {
    return await transport.read(
      { method: "GET", path, headers: {}, size: "status", deadline: "read" },
      signal,
    );
  } finally {
    await transport.close();
  }
}

/**
 * Looks at an address without any credential: its certificate by a TLS handshake alone, then `GET /` on a connection that is
 * pinned to just that certificate. Throws AppError `server.notProxmox`, `.redirected`, `.unreachable`, `.nameNotFound`,
 * `.timeout`, `.certificateInvalid`, `cancelled`.
 */
export async function probe(address: string, options: ProbeOptions): Promise<Probe> {
  const { signal, authorities = systemAuthorities, tunnel = null } = options;
  const seen = await readCertificate(address, { authorities, tunnel, signal });
  const trust: Trust = { kind: "pinned", fingerprint: seen.certificate.fingerprint };
  const notProxmox = (cause?: unknown): AppError =>
    new AppError("server.notProxmox", { params: { address }, cause });
  const answer = await getOnce({ address, trust }, "/", options).catch((error: unknown) => {
    const isOther = error instanceof AppError && ["server.badAnswer", "server.tooLarge"].includes(error.code);
    throw isOther ? notProxmox(error) : error;
  });
  const kind = kindOf(answer);
  if (kind !== null) return { kind, ...seen };
  if (answer.status >= 300 && answer.status < 400) {
    throw new AppError("server.redirected", { params: { address }, status: answer.status });
  }
  throw notProxmox();
}

export interface Realm {
  readonly realm: string;
  readonly type: string;
  readonly comment: string;
  readonly isDefault: boolean;
}

const realmSchema = z
  .object({ realm: requiredText, type: plainTextField, comment: plainTextField, default: flagField })
  .transform(({ realm, type, comment, default: isDefault }): Realm => ({ realm, type, comment, isDefault }));

/** GET /access/domains, which is public: what the login form offers. Throws AppError `server.*`. */
export async function realms(
  address: string,
  trust: Trust,
  signal: AbortSignal,
  more: Omit<ProbeOptions, "signal"> = {},
): Promise<readonly Realm[]> {
  const { path } = prepare(accessRequests.realms, {}, knownVersions.pve.to);
  const answer = await getOnce({ address, trust }, path, { ...more, signal });
  if (answer.status !== 200) throw fromAnswer(failedAnswer(answer, address), { address });
  const parsed = rowsOf(realmSchema).safeParse(readEnvelope(answer, "strict", address).data);
  if (!parsed.success) throw badShape(address, path, parsed.error);
  return parsed.data.rows;
}

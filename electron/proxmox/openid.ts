import { z } from "zod";

import type { ServerKind } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { openIdValues, readTicket } from "./auth.ts";
import type { OpenIdAnswer, Ticket } from "./auth.ts";
import { badShape, failedAnswer, readEnvelope } from "./envelope.ts";
import { fromAnswer } from "./errors.ts";
import { products } from "./product.ts";
import { prepare } from "./requests/prepare.ts";
import type { Values } from "./requests/prepare.ts";
import type { RequestShape } from "./requests/request.ts";
import { knownVersions } from "./requests/versions.ts";
import { createTransport } from "./transport.ts";
import type { TransportOptions } from "./transport.ts";
import type { WireAnswer } from "./wire.ts";

/** A server of which nothing is known but how it is reached: nobody is logged in yet. */
export interface OpenIdServer extends Pick<TransportOptions, "routes" | "tunnel" | "authorities" | "clock"> {
  readonly kind: ServerKind;
}

/** One public POST, sent once. */
async function ask(
  { kind, ...reach }: OpenIdServer,
  request: RequestShape,
  values: Values,
  signal: AbortSignal,
): Promise<WireAnswer> {
  const transport = createTransport(reach);
  try {
    const result = await transport.write(
      {
        ...prepare(request, values, knownVersions[kind].to),
        headers: { "content-type": "application/x-www-form-urlencoded" },
        size: "status",
        deadline: "write",
      },
      signal,
    );
    if ("error" in result) throw result.error;
    return result.answer;
  } finally {
    await transport.close();
  }
}

/**
 * Where the browser has to go: POST /access/openid/auth-url (PVE 7 and later, PBS). The URL carries the state that comes back.
 * Throws AppError `server.*`; `.unsupported` from 6.4.
 */
export async function openIdUrl(
  server: OpenIdServer,
  input: { readonly realm: string; readonly redirectUrl: string },
  signal: AbortSignal,
): Promise<string> {
  const request = products[server.kind].access.openIdUrl;
  const values = { realm: input.realm, "redirect-url": input.redirectUrl };
  const answer = await ask(server, request, values, signal);
  const { address } = answer;
  if (answer.status !== 200) throw fromAnswer(failedAnswer(answer, address), { address });
  const parsed = z
    .string()
    .min(1)
    .safeParse(readEnvelope(answer, "strict", address).data);
  if (!parsed.success) throw badShape(address, request.path, parsed.error);
  return parsed.data;
}

/** The provider's answer in exchange for a ticket. Throws AppError `openid.refused`, `server.*`. */
export async function openIdLogin(
  server: OpenIdServer,
  answered: OpenIdAnswer,
  signal: AbortSignal,
): Promise<Ticket> {
  const request = products[server.kind].access.openIdLogin;
  const answer = await ask(server, request, openIdValues(answered), signal);
  const { address } = answer;
  if (answer.status !== 200) {
    const error = fromAnswer(failedAnswer(answer, address), { address });
    if (answer.status !== 401 && answer.status !== 403) throw error;
    throw new AppError("openid.refused", { ...error.details, params: {}, cause: error });
  }
  return readTicket(answer, products[server.kind]);
}

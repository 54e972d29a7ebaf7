import { AppError, toErrorData } from "../../../shared/errors.ts";
import type { ErrorData } from "../../../shared/errors.ts";
import { parseUpid } from "../../../shared/task.ts";
import type { RequestShape } from "../requests/request.ts";
import type { Session, WriteOutcome, WriteRequest } from "../session.ts";

/** What became of a request that starts a task; the jobs' own view of it. */
export type LaunchOutcome =
  /** A well-formed UPID of the right node, type and user. */
  | { readonly outcome: "started"; readonly upid: string }
  /** `OK` without a task: the guest is on another node. */
  | { readonly outcome: "elsewhere" }
  /** The server refused before any worker was forked. */
  | { readonly outcome: "rejected"; readonly error: ErrorData }
  /** The request never left. */
  | { readonly outcome: "neverSent"; readonly error: ErrorData }
  /** It may have started. */
  | { readonly outcome: "ambiguous"; readonly error: ErrorData };

export interface Expected {
  readonly node: string;
  /** UPID types that this request can start: an HA-managed guest gets `hastart` in place of `qmstart`. */
  readonly types: readonly string[];
}

function ambiguous(address: string, reason: string): LaunchOutcome {
  return {
    outcome: "ambiguous",
    error: toErrorData(new AppError("server.badAnswer", { params: { address, reason } })),
  };
}

/**
 * Sends what starts a task, once, and reads the answer strictly: a 200 proves nothing but its UPID (seen on PVE 9.2: vzdump
 * to an unknown storage answers with one too). A UPID of another node, type or user is not ours.
 */
export async function launch<S extends RequestShape>(
  session: Session,
  request: WriteRequest<S>,
  expected: Expected,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const result = await session.write(request, signal);
  if (result.outcome !== "answered") return { outcome: result.outcome, error: toErrorData(result.error) };
  // vzdump's word for "none of these guests is on this node" (pve-manager, PVE::API2::VZDump).
  if (result.data === "OK") return { outcome: "elsewhere" };
  const upid = parseUpid(result.data);
  if (upid?.product !== "pve") return ambiguous(session.address, "noUpid");
  if (upid.node !== expected.node || !expected.types.includes(upid.type) || upid.user !== session.owner) {
    return ambiguous(session.address, "otherUpid");
  }
  return { outcome: "started", upid: upid.upid };
}

/** `data` of a write that needs no look-up afterwards; throws its error, `server.unconfirmed` where the answer was lost. */
export function settled(outcome: WriteOutcome): unknown {
  if (outcome.outcome === "answered") return outcome.data;
  if (outcome.outcome !== "ambiguous") throw outcome.error;
  const { server, status } = outcome.error.details;
  throw new AppError("server.unconfirmed", { server, status, cause: outcome.error });
}

import { AppError } from "../../../shared/errors.ts";
import { accessRequests } from "../requests/pve/access.ts";
import type { Session } from "../session.ts";
import { versionSchema } from "../version.ts";
import type { ServerVersion } from "../version.ts";

/** GET /version; needs a login, no privilege. Throws AppError `server.*`. */
export async function readVersion(
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly version: ServerVersion; readonly serverTime: number | null }> {
  const answer = await session.read(
    { request: accessRequests.version, values: {}, schema: versionSchema },
    signal,
  );
  return { version: answer.value, serverTime: answer.serverTime };
}

/** Now by the server's clock (HTTP `Date`, whole seconds), ms since the epoch. Throws AppError `server.badAnswer` where it sends none. */
export async function readServerTime(session: Session, signal: AbortSignal): Promise<number> {
  const { serverTime } = await readVersion(session, signal);
  if (serverTime !== null) return serverTime;
  throw new AppError("server.badAnswer", { params: { address: session.address, reason: "date" } });
}

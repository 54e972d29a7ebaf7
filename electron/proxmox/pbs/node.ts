import { z } from "zod";

import { isAppError } from "../../../shared/errors.ts";
import { hostRequests } from "../requests/pbs/host.ts";
import { fingerprintField, requiredText, rowsOf } from "../schema.ts";
import type { Session } from "../session.ts";

/** Whatever its name is, a backup server answers to this one (proxmox-backup, api2/node). */
const localNode = "localhost";

const nodeRowSchema = z.object({ node: requiredText });

/**
 * The host's own name: `/nodes` tells it to root alone, a task of this account's to everybody; null where neither does. Throws
 * AppError `server.*`.
 */
export async function readNodeName(session: Session, signal: AbortSignal): Promise<string | null> {
  return (await nameFrom(session, "nodes", signal)) ?? (await nameFrom(session, "tasks", signal));
}

async function nameFrom(
  session: Session,
  from: "nodes" | "tasks",
  signal: AbortSignal,
): Promise<string | null> {
  const schema = rowsOf(nodeRowSchema);
  try {
    const { value } =
      from === "nodes"
        ? await session.read({ request: hostRequests.nodes, values: {}, schema }, signal)
        : await session.read({ request: hostRequests.tasks, values: { limit: 1 }, schema }, signal);
    const name = value.rows[0]?.node ?? null;
    return name === localNode ? null : name;
  } catch (error) {
    if (isAppError(error, "server.forbidden", "server.notFound", "server.badAnswer")) return null;
    throw error;
  }
}

const certificateSchema = z.object({ fingerprint: fingerprintField });

/** SHA-256 of its certificates, 64 lower-case hex digits. Needs Sys.Modify on /system/certificates. Throws AppError `server.*`. */
export async function listNodeFingerprints(session: Session, signal: AbortSignal): Promise<string[]> {
  const { value } = await session.read(
    { request: hostRequests.certificates, values: {}, schema: rowsOf(certificateSchema) },
    signal,
  );
  return value.rows.flatMap(({ fingerprint }) => fingerprint ?? []);
}

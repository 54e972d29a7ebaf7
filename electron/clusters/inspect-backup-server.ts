import { splitAddress } from "../proxmox/address.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { listNodeFingerprints, readNodeName } from "../proxmox/pbs/node.ts";
import { optional } from "./inspect.ts";

import type { Inspection } from "./inspect.ts";
import type { Session } from "../proxmox/session.ts";

/**
 * What a logged-in account finds out about a backup server: version, rights, and by what it is known again. `leaf`: fingerprint
 * that the asked address shows. Throws the client's server.*.
 */
export async function inspectBackupServer(
  session: Session,
  leaf: string,
  signal: AbortSignal,
): Promise<Inspection> {
  const version = await session.version(signal);
  const permissions = await readPermissions(session, {}, signal);
  const name = await optional(readNodeName(session, signal));
  const listed = await optional(listNodeFingerprints(session, signal));
  // Without its own name (only root may ask, and there is no task to read it from) it is known by its address alone.
  const node = name ?? splitAddress(session.address).host;
  const fingerprints = [leaf, ...(listed ?? [])].filter((fingerprint) => fingerprint !== "");
  return {
    version: version.text,
    permissions,
    identity: {
      clusterName: null,
      version: version.text,
      certificates: { [node]: [...new Set(fingerprints)] },
    },
    nodes: [],
    quorate: null,
    clockOffset: session.clockOffset(),
  };
}

import { isAppError } from "../../shared/errors.ts";
import { splitAddress } from "../proxmox/address.ts";
import { listBackupServerStorages } from "../proxmox/pve/storage.ts";
import { isAnswering } from "./status.ts";

import type { BackupPlace } from "../../shared/backup-place.ts";
import type { BackupServerStorage } from "../proxmox/pve/storage.ts";
import type { Server } from "../store/servers.ts";
import type { Member, Members } from "./members.ts";

/** The configuration of storages hardly ever changes. */
const placesAgeMs = 10 * 60_000;

/** Which storages of the clusters are datastores of which backup servers. */
export interface BackupPlaces {
  /** Reads what is old, then tells all that is known. Clusters that do not answer keep what they told last. */
  list(signal: AbortSignal): Promise<readonly BackupPlace[]>;
  /** What is known without asking. */
  placeOf(clusterId: string, storage: string): BackupPlace | null;
  forget(clusterId: string): void;
}

interface Known {
  readonly storages: readonly BackupServerStorage[];
  readonly readAt: number;
}

export function createBackupPlaces(options: {
  readonly members: Members;
  readonly now: () => number;
}): BackupPlaces {
  const { members, now } = options;
  const known = new Map<string, Known>();

  async function read({ server, session, observed }: Member, signal: AbortSignal): Promise<void> {
    const before = known.get(server.id);
    if (server.kind !== "pve" || !isAnswering(observed)) return;
    if (before !== undefined && now() - before.readAt < placesAgeMs) return;
    try {
      known.set(server.id, { storages: await listBackupServerStorages(session, signal), readAt: now() });
    } catch (error) {
      // What cannot be asked now is asked at the next turn; what was known stays.
      if (!isAppError(error) || isAppError(error, "cancelled")) throw error;
    }
  }

  function placesOf(member: Member): BackupPlace[] {
    const backupServers = members.servers().filter(({ kind }) => kind === "pbs");
    return (known.get(member.server.id)?.storages ?? []).map(({ datastore, fingerprint, ...row }) => ({
      clusterId: member.server.id,
      storage: row.storage,
      server: row.server,
      port: row.port,
      store: datastore,
      namespace: row.namespace,
      backupServer: recognise({ ...row, fingerprint }, backupServers),
    }));
  }

  return {
    async list(signal) {
      await Promise.all(members.all().map((member) => read(member, signal)));
      return members.all().flatMap(placesOf);
    },
    placeOf(clusterId, storage) {
      if (!members.has(clusterId)) return null;
      return placesOf(members.get(clusterId)).find((place) => place.storage === storage) ?? null;
    },
    forget(clusterId) {
      known.delete(clusterId);
    },
  };
}

/**
 * The registered backup server that a storage points to. The certificate that the cluster pins says it whatever names are used,
 * unless several servers show the same one; the address says it where none is pinned or the certificate has been renewed.
 */
export function recognise(
  storage: Pick<BackupServerStorage, "server" | "port" | "fingerprint">,
  servers: readonly Server[],
): BackupPlace["backupServer"] {
  const atAddress = servers.filter((server) => hasAddress(server, storage));
  const [only] = atAddress;
  if (only !== undefined && atAddress.length === 1) return { id: only.id, by: "address" };
  const { fingerprint } = storage;
  if (fingerprint === null) return null;
  const showing = servers.filter((server) => shows(server, fingerprint));
  const [one] = showing;
  return one !== undefined && showing.length === 1 ? { id: one.id, by: "fingerprint" } : null;
}

function hasAddress({ addresses }: Server, storage: Pick<BackupServerStorage, "server" | "port">): boolean {
  const host = storage.server.replaceAll(/^\[|\]$/gu, "").toLowerCase();
  return addresses.some(({ address }) => {
    const at = splitAddress(address);
    return at.host === host && at.port === storage.port;
  });
}

function shows({ identity, addresses }: Server, fingerprint: string): boolean {
  return (
    Object.values(identity.certificates).flat().includes(fingerprint) ||
    addresses.some(({ trust }) => trust.kind === "pinned" && trust.fingerprint === fingerprint)
  );
}

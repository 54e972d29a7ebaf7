import { isAppError } from "../../shared/errors.ts";
import { secretOf } from "../proxmox/secret.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Redactor, Secret } from "../proxmox/secret.ts";
import type { Vault } from "../store/vault.ts";

/** Passwords, token secrets and living tickets of the registered clusters; the vault keeps them, the redactor knows them. */
export interface Credentials {
  /** null = there is none. Throws AppError vault.locked, vault.unavailable, vault.damaged. */
  secret(clusterId: string): Promise<Secret | null>;
  /** A ticket of an earlier run; null also where it cannot be read, since the secret is the truth. */
  ticket(clusterId: string): Promise<Secret | null>;
  keepSecret(clusterId: string, secret: Secret, remember: boolean): Promise<void>;
  /** Beside its secret: on disk only where that is. */
  keepTicket(clusterId: string, ticket: Secret): Promise<void>;
  where(clusterId: string): Cluster["credential"];
  erase(clusterId: string): Promise<void>;
  /** Makes a typed secret unreadable in every log and error from now on. */
  hide(secret: Secret): void;
}

const secretId = (clusterId: string): string => `secret/${clusterId}`;
const ticketId = (clusterId: string): string => `ticket/${clusterId}`;

export function createCredentials(vault: Vault, redactor: Redactor): Credentials {
  /** One registration per record: a new secret does not make the old one printable, it may still be in a text. */
  const hidden = new Set<string>();

  function hide(secret: Secret): Secret {
    const text = secret.reveal();
    if (!hidden.has(text)) {
      hidden.add(text);
      redactor.register(secret);
    }
    return secret;
  }

  async function read(id: string): Promise<Secret | null> {
    const text = await vault.get(id);
    return text === null ? null : hide(secretOf(text));
  }

  return {
    secret: (clusterId) => read(secretId(clusterId)),
    async ticket(clusterId) {
      try {
        return await read(ticketId(clusterId));
      } catch (error) {
        if (isAppError(error, "vault.locked", "vault.unavailable", "vault.damaged")) return null;
        throw error;
      }
    },
    keepSecret: (clusterId, secret, remember) =>
      vault.put(secretId(clusterId), hide(secret).reveal(), remember),
    keepTicket: (clusterId, ticket) =>
      vault.put(ticketId(clusterId), ticket.reveal(), vault.where(secretId(clusterId)) === "stored"),
    where: (clusterId) => vault.where(secretId(clusterId)),
    async erase(clusterId) {
      await vault.erase(secretId(clusterId));
      await vault.erase(ticketId(clusterId));
    },
    hide(secret) {
      hide(secret);
    },
  };
}

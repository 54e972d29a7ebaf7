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
  /** Beside its secret: on disk only where that is. The same ticket again is not written again. */
  keepTicket(clusterId: string, ticket: Secret): Promise<void>;
  where(clusterId: string): Cluster["credential"];
  /** Secret and ticket, before others take their place. */
  eraseLogin(clusterId: string): Promise<void>;
  /** The password of the proxy on the way to it; null = none. Throws as `secret` does. */
  proxyPassword(clusterId: string): Promise<Secret | null>;
  /** null erases it. */
  keepProxyPassword(clusterId: string, password: Secret | null, remember: boolean): Promise<void>;
  /** All that is kept of it. */
  erase(clusterId: string): Promise<void>;
  /** Erases what belongs to no registered cluster: a registration or its end that was cut short. */
  keepOnly(clusterIds: readonly string[]): Promise<void>;
  /** Makes a typed secret unreadable in every log and error from now on. */
  hide(secret: Secret): void;
}

const secretId = (clusterId: string): string => `secret/${clusterId}`;
const ticketId = (clusterId: string): string => `ticket/${clusterId}`;
const proxyId = (clusterId: string): string => `proxy/${clusterId}`;

export function createCredentials(vault: Vault, redactor: Redactor): Credentials {
  /** One registration per record: a new secret does not make the old one printable, it may still be in a text. */
  const hidden = new Set<string>();
  const kept = new Map<string, string>();

  function hide(secret: Secret): Secret {
    const text = secret.reveal();
    if (!hidden.has(text)) {
      hidden.add(text);
      redactor.register(secret);
    }
    return secret;
  }

  /** Tickets change every hour and are known to the redactor by their shape: they are not told to it one by one. */
  async function readTicket(clusterId: string): Promise<Secret | null> {
    const text = await vault.get(ticketId(clusterId));
    return text === null ? null : secretOf(text);
  }

  async function readSecret(id: string): Promise<Secret | null> {
    const text = await vault.get(id);
    return text === null ? null : hide(secretOf(text));
  }

  async function eraseLogin(clusterId: string): Promise<void> {
    kept.delete(clusterId);
    await vault.erase(secretId(clusterId));
    await vault.erase(ticketId(clusterId));
  }

  return {
    secret: (clusterId) => readSecret(secretId(clusterId)),
    proxyPassword: (clusterId) => readSecret(proxyId(clusterId)),
    keepProxyPassword: (clusterId, password, remember) =>
      password === null
        ? vault.erase(proxyId(clusterId))
        : vault.put(proxyId(clusterId), hide(password).reveal(), remember),
    eraseLogin,
    async ticket(clusterId) {
      try {
        return await readTicket(clusterId);
      } catch (error) {
        if (isAppError(error, "vault.locked", "vault.unavailable", "vault.damaged")) return null;
        throw error;
      }
    },
    keepSecret: (clusterId, secret, remember) =>
      vault.put(secretId(clusterId), hide(secret).reveal(), remember),
    async keepTicket(clusterId, ticket) {
      const text = ticket.reveal();
      const place = vault.where(secretId(clusterId));
      if (kept.get(clusterId) === text && vault.where(ticketId(clusterId)) === place) return;
      await vault.put(ticketId(clusterId), text, place === "stored");
      kept.set(clusterId, text);
    },
    where: (clusterId) => vault.where(secretId(clusterId)),
    async erase(clusterId) {
      await eraseLogin(clusterId);
      await vault.erase(proxyId(clusterId));
    },
    async keepOnly(clusterIds) {
      const wanted = new Set(clusterIds.flatMap((id) => [secretId(id), ticketId(id), proxyId(id)]));
      for (const id of vault.ids()) if (!wanted.has(id)) await vault.erase(id);
    },
    hide(secret) {
      hide(secret);
    },
  };
}

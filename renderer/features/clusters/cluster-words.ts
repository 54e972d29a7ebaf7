import { displayText } from "../../../shared/display-text.ts";
import { errorText, t } from "../../ui/text.ts";

import type { Cluster } from "../../../shared/cluster.ts";

export function clusterName(cluster: Pick<Cluster, "name">): string {
  return displayText(cluster.name, 255);
}

/** The first address; how many more there are. */
export function addressText(cluster: Pick<Cluster, "addresses">): string {
  const [first, ...more] = cluster.addresses;
  if (first === undefined) return "";
  const address = displayText(first.address, 128);
  return more.length === 0 ? address : t("clusters.addresses.more", { address, count: more.length });
}

export function loginText(cluster: Pick<Cluster, "login">): string {
  return displayText(cluster.login.kind === "password" ? cluster.login.user : cluster.login.tokenId, 192);
}

/** Why it is not simply online; empty when it is. */
export function problemText(cluster: Pick<Cluster, "problem">): string {
  return cluster.problem === undefined ? "" : errorText(cluster.problem);
}

export function nodesOnline(cluster: Pick<Cluster, "nodes">): number {
  return cluster.nodes.filter((node) => node.online).length;
}

/** `3`, or `2 of 3` while one is down; nothing before the first answer. */
export function nodesText(cluster: Pick<Cluster, "nodes">): string | null {
  const total = cluster.nodes.length;
  if (total === 0) return null;
  const online = nodesOnline(cluster);
  return online === total ? String(total) : t("clusters.nodes.some", { online, total });
}

export function kindText({ kind }: Pick<Cluster, "kind">): string {
  return t(`servers.kind.${kind}`);
}

/** `Proxmox VE 9.2.11` */
export function productText(kind: Cluster["kind"], version: string): string {
  return t(`servers.product.${kind}`, { version: displayText(version, 32) });
}

import { accountOf } from "../../../shared/cluster.ts";
import { displayText } from "../../../shared/display-text.ts";
import { errorText, t } from "../../ui/text.ts";

import type { Cluster, Proxy } from "../../../shared/cluster.ts";

export function clusterName(cluster: Pick<Cluster, "name">): string {
  return displayText(cluster.name, 255);
}

/** The address that answers, else the first one; how many more there are. */
export function addressText(cluster: Pick<Cluster, "addresses">): string {
  const answering = cluster.addresses.find(({ state }) => state === "answering") ?? cluster.addresses[0];
  if (answering === undefined) return "";
  const address = displayText(answering.address, 128);
  const more = cluster.addresses.length - 1;
  return more === 0 ? address : t("clusters.addresses.more", { address, count: more });
}

/** Which node answers, where it is not the first one; empty where all is as it should be. */
export function standInText(cluster: Pick<Cluster, "name" | "addresses">): string {
  const answering = cluster.addresses.find(({ state }) => state === "answering");
  if (answering === undefined || answering === cluster.addresses[0]) return "";
  return t("clusters.addresses.standIn", {
    name: displayText(cluster.name, 80),
    address: displayText(answering.node ?? answering.address, 128),
  });
}

export function proxyText({ kind, address }: Proxy): string {
  return t(`clusters.proxy.text.${kind}`, { address: displayText(address, 128) });
}

export function loginText(cluster: Pick<Cluster, "login">): string {
  return displayText(accountOf(cluster.login), 192);
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

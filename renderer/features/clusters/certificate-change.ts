import type { AddressView } from "../../../shared/cluster.ts";
import type { MessageId } from "../../ui/text.ts";

const nearEndMs = 30 * 86_400_000;

/** Proxmox renews a node's certificate two weeks before its end: a change around it is rarely an attack. */
export type ChangeReason = "byCluster" | "bySystem" | "expired" | "nearEnd" | "unexpected";

/** How a change looks; null where nothing is changed. It only tunes the words: trusting it asks for the same proof each time. */
export function changeReason({ certificate, seen }: AddressView): ChangeReason | null {
  if (seen === undefined) return null;
  if (seen.namedByCluster) return "byCluster";
  if (seen.trustedBySystem) return "bySystem";
  if (certificate === null) return "unexpected";
  if (certificate.validTo <= seen.at) return "expired";
  return certificate.validTo - seen.at <= nearEndMs ? "nearEnd" : "unexpected";
}

export const changeTexts: Readonly<Record<ChangeReason, MessageId>> = {
  byCluster: "clusters.changed.why.byCluster",
  bySystem: "clusters.changed.why.bySystem",
  expired: "clusters.changed.why.expired",
  nearEnd: "clusters.changed.why.nearEnd",
  unexpected: "clusters.changed.why.unexpected",
};

import type { AddressView, Trust } from "../../../shared/cluster.ts";
import type { AppError } from "../../../shared/errors.ts";
import type { Output } from "../../../shared/operations.ts";

export type FoundNode = Output<"clusters.findNodes">["nodes"][number];
export type LookedAt = Output<"clusters.lookAtNode">;

/** A further node in the list for a person to tick. */
export interface NodeRow {
  readonly node: string;
  readonly online: boolean;
  readonly suggestions: readonly string[];
  /** As typed; a suggestion to begin with. */
  readonly address: string;
  readonly ticked: boolean;
  readonly looking: boolean;
  readonly result: LookedAt | null;
  readonly error: AppError | null;
  /** The person has compared a certificate that is not the one the cluster names. */
  readonly compared: boolean;
}

/** Nodes that have no address here yet; nothing is ticked by itself. */
export function nodeRows(nodes: readonly FoundNode[]): readonly NodeRow[] {
  return nodes
    .filter(({ registered }) => registered === null)
    .map(({ node, online, suggestions }) => ({
      node,
      online,
      suggestions,
      address: suggestions[0] ?? "",
      ticked: false,
      looking: false,
      result: null,
      error: null,
      compared: false,
    }));
}

/** Another address is another question: what was found at the old one is forgotten. */
export function withAddress(row: NodeRow, address: string): NodeRow {
  return { ...row, address, result: null, error: null, compared: false };
}

export function mustLook(row: NodeRow): boolean {
  return row.ticked && row.result === null && row.address.trim() !== "";
}

/** By the cluster's own word, or by a person's own look. */
export function isUsable({ ticked, result, compared }: NodeRow): boolean {
  return ticked && result !== null && (result.match === "same" || compared);
}

/** What is sent to keep the addresses that are there and add the usable ones behind them. */
export function addressesWith(
  known: readonly Pick<AddressView, "address" | "trust">[],
  rows: readonly NodeRow[],
): { address: string; trust: Trust }[] {
  const bySystem = known[0]?.trust.kind === "system";
  const added = rows.filter(isUsable).flatMap(({ result }) => {
    if (result === null) return [];
    const { fingerprint } = result.certificate;
    const trust: Trust =
      bySystem && result.trustedBySystem ? { kind: "system" } : { kind: "pinned", fingerprint };
    return [{ address: result.address, trust }];
  });
  return [...known.map(({ address, trust }) => ({ address, trust })), ...added];
}

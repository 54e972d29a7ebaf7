import { useCallback, useEffect, useRef, useState } from "react";

import { asAppError, useApi, useOperation } from "../../api.ts";
import { addressesWith, mustLook, nodeRows, withAddress, type NodeRow } from "./node-rows.ts";

import type { Cluster } from "../../../shared/cluster.ts";
import type { AppError } from "../../../shared/errors.ts";

export interface OtherNodesState {
  /** null = the cluster is being asked. */
  readonly rows: readonly NodeRow[] | null;
  readonly error: AppError | null;
  readonly saving: boolean;
  tick(node: string, ticked: boolean): void;
  setAddress(node: string, address: string): void;
  setCompared(node: string, compared: boolean): void;
  /** A handshake with each ticked address that was not looked at yet. */
  look(): void;
  /** Keeps the usable ones; resolves with the cluster as it then is, null where it failed. */
  save(): Promise<Cluster | null>;
}

/** The further nodes of a cluster: listed by the cluster, ticked by the person, looked at only then. */
export function useOtherNodes(cluster: Cluster): OtherNodesState {
  const api = useApi();
  const [rows, setRows] = useState<readonly NodeRow[] | null>(null);
  const [failed, setFailed] = useState<AppError | null>(null);
  const update = useOperation("clusters.update");
  const gone = useRef(new AbortController());
  const { id: clusterId } = cluster;

  useEffect(() => {
    const controller = new AbortController();
    gone.current = controller;
    const find = async (): Promise<void> => {
      try {
        const { nodes } = await api.call("clusters.findNodes", { clusterId }, controller.signal);
        setRows(nodeRows(nodes));
      } catch (error) {
        if (!controller.signal.aborted) setFailed(asAppError(error));
      }
    };
    void find();
    return () => controller.abort();
  }, [api, clusterId]);

  const change = useCallback((node: string, make: (row: NodeRow) => NodeRow) => {
    setRows((known) => known?.map((row) => (row.node === node ? make(row) : row)) ?? null);
  }, []);

  const lookAt = async ({ node, address }: NodeRow): Promise<void> => {
    const { signal } = gone.current;
    change(node, (row) => ({ ...row, looking: true, error: null }));
    try {
      const result = await api.call("clusters.lookAtNode", { clusterId, node, address }, signal);
      change(node, (row) => (row.address === address ? { ...row, looking: false, result } : row));
    } catch (error) {
      if (!signal.aborted) change(node, (row) => ({ ...row, looking: false, error: asAppError(error) }));
    }
  };

  return {
    rows,
    error: failed ?? update.error,
    saving: update.pending,
    tick: (node, ticked) => change(node, (row) => ({ ...row, ticked })),
    setAddress: (node, address) => change(node, (row) => withAddress(row, address)),
    setCompared: (node, compared) => change(node, (row) => ({ ...row, compared })),
    look: () => {
      for (const row of rows?.filter(mustLook) ?? []) void lookAt(row);
    },
    save: () =>
      update.run({
        clusterId,
        edition: cluster.edition,
        addresses: addressesWith(cluster.addresses, rows ?? []),
      }),
  };
}

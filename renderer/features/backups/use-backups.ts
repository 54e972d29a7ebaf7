import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { useApi, useEvent, useOperation } from "../../api.ts";
import { useWindow, windowPage, type WindowState } from "../../stores/use-window.ts";

import type { Input, Output } from "../../../shared/operations.ts";

export type BackupsFilter = Omit<Input<"backups.list">, "offset" | "limit" | "refresh">;

export interface BackupsState extends WindowState<Output<"backups.list">> {
  /** Reads the servers again, whatever is known. */
  readonly refresh: () => void;
  readonly reading: boolean;
}

/** A window over the backups that are known; it follows when a cluster's list changes. */
export function useBackups(filter: BackupsFilter, limit: number = windowPage): BackupsState {
  const api = useApi();
  const client = useQueryClient();
  useEvent("backups.changed", null, () => void client.invalidateQueries({ queryKey: ["backups.list"] }));
  const list = useWindow(["backups.list", filter, limit], (offset, signal) =>
    api.call("backups.list", { ...filter, offset, limit }, signal),
  );
  const { retry } = list;
  const { run, pending } = useOperation("backups.list");
  const scope = JSON.stringify({ clusterId: filter.clusterId, vmid: filter.vmid });
  const refresh = useCallback(() => {
    const asked = JSON.parse(scope) as Pick<BackupsFilter, "clusterId" | "vmid">;
    // What could not be read stands in the coverage of the list that is read again then.
    void run({ ...asked, limit: 1, refresh: true }).then(retry);
  }, [run, scope, retry]);
  return { ...list, refresh, reading: pending };
}

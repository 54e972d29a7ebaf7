import { useQuery } from "@tanstack/react-query";

import { useApi } from "../../api.ts";

import type { BackupPlace } from "../../../shared/backup-place.ts";

/** Configurations of storages hardly ever change. */
const freshMs = 10 * 60_000;

/** Storages of clusters that keep their backups in a datastore (of one namespace, where it is given); null while that is being asked. */
export function usePlacesIn(at: {
  readonly clusterId: string;
  readonly store: string;
  readonly namespace?: string;
}): readonly BackupPlace[] | null {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ["backups.places"],
    queryFn: ({ signal }) => api.call("backups.places", undefined, signal),
    staleTime: freshMs,
  });
  if (data === undefined) return null;
  return data.places.filter(
    ({ backupServer, store, namespace }) =>
      backupServer?.id === at.clusterId &&
      store === at.store &&
      (at.namespace === undefined || namespace === at.namespace),
  );
}

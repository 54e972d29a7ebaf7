import { useQuery, useQueryClient } from "@tanstack/react-query";

import { asAppError, useApi } from "../../api.ts";

import type { UseQueryResult } from "@tanstack/react-query";
import type { AppError } from "../../../shared/errors.ts";
import type { GroupRef } from "../../../shared/snapshot.ts";

/** What was read is shown again within this time without asking: the age beside it says so. */
const freshMs = 5 * 60_000;

export interface Read<T> {
  /** null before the first answer. */
  readonly data: T | null;
  readonly phase: "loading" | "ready" | "failed";
  readonly error: AppError | null;
  /** It is being asked again, while what stands is older. */
  readonly reading: boolean;
  readonly reload: () => void;
}

function readOf<T>(query: UseQueryResult<T>): Read<T> {
  const data = query.data ?? null;
  return {
    data,
    phase: data !== null ? "ready" : query.error === null ? "loading" : "failed",
    error: query.error === null ? null : asAppError(query.error),
    reading: query.isFetching,
    reload: () => void query.refetch(),
  };
}

export interface Place {
  readonly clusterId: string;
  readonly store: string;
  readonly namespace: string;
}
/** A group by the names that the server gave. */
export interface GroupPlace extends Place {
  readonly group: Pick<GroupRef, "type"> & { readonly id: string };
}

export function useNamespaces({ clusterId, store }: Pick<Place, "clusterId" | "store">) {
  const api = useApi();
  return readOf(
    useQuery({
      queryKey: ["datastores.namespaces", clusterId, store],
      queryFn: ({ signal }) => api.call("datastores.namespaces", { clusterId, store }, signal),
      staleTime: freshMs,
    }),
  );
}

export function useGroups({ clusterId, store, namespace }: Place) {
  const api = useApi();
  return readOf(
    useQuery({
      queryKey: ["datastores.groups", clusterId, store, namespace],
      queryFn: ({ signal }) => api.call("datastores.groups", { clusterId, store, namespace }, signal),
      staleTime: freshMs,
    }),
  );
}

/** Of the group that is looked at, and of no other. */
export function useSnapshots({ clusterId, store, namespace, group }: GroupPlace) {
  const api = useApi();
  return readOf(
    useQuery({
      queryKey: ["datastores.snapshots", clusterId, store, namespace, group.type, group.id],
      queryFn: ({ signal }) =>
        api.call("datastores.snapshots", { clusterId, store, namespace, group }, signal),
      staleTime: freshMs,
    }),
  );
}

/** Makes all that was read of a datastore old, after something in it was changed from here. */
export function useForgetSnapshots({ clusterId, store }: Pick<Place, "clusterId" | "store">): () => void {
  const queries = useQueryClient();
  return () => {
    for (const name of ["datastores.groups", "datastores.snapshots", "datastores.notes"]) {
      void queries.invalidateQueries({ queryKey: [name, clusterId, store] });
    }
  };
}

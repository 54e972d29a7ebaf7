import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";

import { asAppError } from "../api.ts";

import type { AppError } from "../../shared/errors.ts";

/** Rows asked for at once: the most that a window gives. */
export const windowPage = 200;

interface PageOf<R> {
  readonly rows: readonly R[];
  readonly total: number;
}

export interface WindowState<P extends PageOf<unknown>> {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: AppError | null;
  /** All rows read so far, in the store's order. */
  readonly rows: ReadonlyArray<P["rows"][number]>;
  readonly total: number;
  /** What came with the rows; null before the first answer. */
  readonly newest: P | null;
  /** Another filter was chosen, or something changed: these rows are about to be replaced. */
  readonly refreshing: boolean;
  /** Reads the next page, if there is one. */
  readonly more: () => void;
  readonly retry: () => void;
}

/**
 * A list that is filtered and sorted in the store and read page by page. `key` names list and filter; it begins with the
 * operation's name, so that an event can make all windows over it old.
 */
export function useWindow<P extends PageOf<unknown>>(
  key: readonly unknown[],
  read: (offset: number, signal: AbortSignal) => Promise<P>,
): WindowState<P> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const have = pages.reduce((sum, page) => sum + page.rows.length, 0);
      return last.rows.length === 0 || have >= last.total ? undefined : have;
    },
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const rows = useMemo(
    () => (pages ?? []).flatMap((page): ReadonlyArray<P["rows"][number]> => page.rows),
    [pages],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const retry = useCallback(() => void refetch(), [refetch]);
  const newest = pages?.at(-1) ?? null;
  return {
    phase: newest !== null ? "ready" : query.error === null ? "loading" : "failed",
    error: query.error === null ? null : asAppError(query.error),
    rows,
    total: newest?.total ?? 0,
    newest,
    refreshing: query.isFetching && !isFetchingNextPage,
    more,
    retry,
  };
}

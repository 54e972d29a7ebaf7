import { useEffect } from "react";

import { useStores } from "./stores.ts";

import type { Claim } from "./attention.ts";

const nothing: readonly never[] = [];

/** As long as the view is there, what it shows is asked for often. */
export function useAttention(what: {
  readonly clusters?: "all" | readonly string[];
  readonly taskLists?: "all" | readonly string[];
  readonly tasks?: readonly string[];
}): void {
  const { attention } = useStores();
  const { clusters = nothing, taskLists = nothing, tasks = nothing } = what;
  const text = JSON.stringify({ clusters, taskLists, tasks });
  useEffect(() => attention.claim(JSON.parse(text) as Claim), [attention, text]);
}

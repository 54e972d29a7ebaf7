import { useCallback, useMemo } from "react";

import { useSettings, useStores } from "./stores.ts";

import type { z } from "zod";

/**
 * What the user left in a view (filter, sort order, widths), kept by the main process under the view's name.
 * `schema` gives the start value from `{}`: every field needs a default. What does not fit any more is forgotten.
 */
export function useViewState<S extends z.ZodType>(
  view: string,
  schema: S,
): readonly [z.output<S>, (patch: Partial<z.output<S>>) => void] {
  const { settings } = useStores();
  const kept = useSettings((all) => all.views[view]);
  const value = useMemo(() => readView(schema, kept), [schema, kept]);
  const set = useCallback(
    (patch: Partial<z.output<S>>) => {
      const current = readView(schema, settings.store.getState().views[view]);
      settings.setView(view, JSON.stringify(Object.assign({}, current, patch)));
    },
    [schema, settings, view],
  );
  return [value, set];
}

export function readView<S extends z.ZodType>(schema: S, kept: string | undefined): z.output<S> {
  const parsed = schema.safeParse(parseJson(kept));
  return parsed.success ? parsed.data : schema.parse({});
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return {};
  try {
    return JSON.parse(text);
  } catch {
    // A view written by another version is no loss: the view starts as new.
    return {};
  }
}

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { t } from "../../ui/text.ts";

import type { LogSource } from "./log-source.ts";

/** Typing pauses this long before the whole log is searched. */
const searchDelay = 200;
/** A growing log is searched again when this many lines have come, not at each one. */
const searchEvery = 200;

export interface LogSearch {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** What the hits are hits of: the text after the pause in typing. */
  readonly searched: string;
  /** Lines with a hit, counted from 1; the main process caps their number. */
  readonly lines: readonly number[];
  /** The line that the reader stands on. */
  readonly current: number | null;
  readonly step: (direction: 1 | -1) => void;
  /** "3 of 12", or that there is none; empty while nothing is searched. */
  readonly label: string;
}

/** Literal search through the whole log, in the main process, where all of it is. */
export function useLogSearch(source: LogSource, totalLines: number): LogSearch {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), searchDelay);
  const wanted = text.trim() === "" ? "" : settled;
  const [place, setPlace] = useState({ of: "", at: 0 });
  const query = useQuery({
    queryKey: ["search", wanted, Math.floor(totalLines / searchEvery), ...source.key],
    queryFn: ({ signal }) => source.search(wanted, signal),
    enabled: wanted !== "",
    placeholderData: (before, asked) => (asked?.queryKey[1] === wanted ? before : undefined),
    gcTime: 0,
  });

  const found = wanted === "" ? undefined : query.data;
  const lines = found?.lines ?? [];
  const wish = place.of === wanted ? place.at : 0;
  const at = lines.length === 0 ? 0 : ((wish % lines.length) + lines.length) % lines.length;
  return {
    text,
    setText,
    searched: found === undefined ? "" : wanted,
    lines,
    current: lines[at] ?? null,
    step: (direction) => setPlace({ of: wanted, at: at + direction }),
    label: found === undefined ? "" : hitsLabel(lines.length, found.total, at),
  };
}

function hitsLabel(here: number, total: number, at: number): string {
  return here === 0 ? t("job.log.noHits") : t("job.log.hits", { current: at + 1, total });
}

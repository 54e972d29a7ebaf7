import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";

import { useApi } from "../../api.ts";
import { t } from "../../ui/text.ts";

/** Typing pauses this long before the whole log is searched. */
const searchDelay = 200;
/** A growing log is searched again when this many lines have come, not at each one. */
const searchEvery = 200;

export interface LogSearch {
  readonly text: string;
  setText(text: string): void;
  /** What the hits are hits of: the text after the pause in typing. */
  readonly searched: string;
  /** Lines with a hit, counted from 1; the main process caps their number. */
  readonly lines: readonly number[];
  /** The line that the reader stands on. */
  readonly current: number | null;
  step(direction: 1 | -1): void;
  /** "3 of 12", or that there is none; empty while nothing is searched. */
  readonly label: string;
}

/** Literal search through the whole log, in the main process, where all of it is. */
export function useLogSearch(jobId: string, upid: string, totalLines: number): LogSearch {
  const api = useApi();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), searchDelay);
  const [found, setFound] = useState<{ readonly lines: readonly number[]; readonly total: number } | null>(
    null,
  );
  const [place, setPlace] = useState(0);
  const grown = Math.floor(totalLines / searchEvery);

  useEffect(() => {
    setPlace(0);
  }, [wanted]);
  useEffect(() => {
    if (wanted === "") {
      setFound(null);
      return undefined;
    }
    const controller = new AbortController();
    api.call("jobs.searchLog", { jobId, upid, text: wanted }, controller.signal).then(
      (answer) => setFound(answer),
      // A search that fails finds nothing; the log itself says what is wrong with the connection.
      () => undefined,
    );
    return () => controller.abort();
  }, [api, jobId, upid, wanted, grown]);

  const lines = found?.lines ?? [];
  const at = lines.length === 0 ? 0 : ((place % lines.length) + lines.length) % lines.length;
  return {
    text,
    setText,
    searched: found === null ? "" : wanted,
    lines,
    current: lines[at] ?? null,
    step: (direction) => setPlace(at + direction),
    label: hitsLabel(found, at),
  };
}

function hitsLabel(
  found: { readonly lines: readonly number[]; readonly total: number } | null,
  at: number,
): string {
  if (found === null) return "";
  if (found.lines.length === 0) return t("job.log.noHits");
  return t("job.log.hits", { current: at + 1, total: found.total });
}

/** A line that appears `at` milliseconds after its section began. */
type TimedLine = { readonly at: number; readonly line: string };

/** Collects lines along a running clock: `wait` moves on, `say` writes at the present moment. */
export type Script = {
  readonly at: () => number;
  readonly wait: (milliseconds: number) => void;
  readonly say: (...lines: readonly string[]) => void;
  readonly lines: () => readonly TimedLine[];
};

export function createScript(start = 0): Script {
  const lines: TimedLine[] = [];
  let at = start;
  return {
    at: () => at,
    wait: (milliseconds) => {
      at += milliseconds;
    },
    say: (...texts) => {
      for (const line of texts) lines.push({ at, line });
    },
    lines: () => lines,
  };
}

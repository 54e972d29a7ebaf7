/** Paces are in seconds for the whole work, taken over at least this share of it: smaller steps are the log's own rounding. */
const STRETCH = 0.01;
/** How many stretches make the present pace. */
const PRESENT_STRETCHES = 3;
/**
 * Whether the mean so far can be trusted is judged by pieces so long that one tells little of the next: storage and network keep their
 * pace for a while. Until there are pieces enough, they are taken to vary as usual (variance of the logarithm of their pace).
 */
const PIECE = 0.1;
const USUAL_VARIANCE = 0.5;
const USUAL_WORTH = 5;
const LEAST_PIECES = 0.3;

/** How fast the work goes, in seconds for the whole of it. */
export interface Pace {
  readonly add: (at: number, fraction: number) => void;
  /** By the last few stretches; null before the first is done. */
  readonly present: () => number | null;
  /** How surely the mean pace over such a share of the work stands for any other share (variance of its logarithm). */
  readonly variance: (share: number) => number;
}

/** Paces over steps of at least `length`, one after the other. */
function createSteps(length: number, start: () => number): (at: number, fraction: number) => number | null {
  let from: { at: number; fraction: number } | null = null;
  return (at, fraction) => {
    from ??= { at: start(), fraction: 0 };
    const share = fraction - from.fraction;
    const passed = (at - from.at) / 1000;
    if (share < length - 1e-9 || passed < 0.001) return null;
    from = { at, fraction };
    return passed / share;
  };
}

/** `start` (ms) may still move while a lock is waited for. Constant memory. */
export function createPace(start: () => number): Pace {
  const stretch = createSteps(STRETCH, start);
  const piece = createSteps(PIECE, start);
  let latest: readonly number[] = [];
  let pieces = 0;
  let middle = 0;
  let apart = 0;
  return {
    add: (at, fraction) => {
      const pace = stretch(at, fraction);
      if (pace !== null) latest = [...latest, pace].slice(-PRESENT_STRETCHES);
      const longer = piece(at, fraction);
      if (longer === null) return;
      pieces += 1;
      const off = Math.log(longer) - middle;
      middle += off / pieces;
      apart += off * (Math.log(longer) - middle);
    },
    present: () => (latest.length === 0 ? null : latest.reduce((sum, pace) => sum + pace, 0) / latest.length),
    variance: (share) => {
      const variance = (USUAL_WORTH * USUAL_VARIANCE + apart) / (USUAL_WORTH + Math.max(0, pieces - 1));
      return variance / Math.max(LEAST_PIECES, share / PIECE);
    },
  };
}

/**
 * When each twentieth of a run's work was done, in seconds from its start. The same guest's slow and empty stretches lie where they lay
 * last time, so an earlier curve tells where the time will go.
 */
export type Curve = readonly number[];

export const CURVE_STEPS = 20;

export interface CurveRecorder {
  readonly add: (fraction: number, seconds: number) => void;
  /** Null until all steps are known: half a curve tells nothing of the rest. */
  readonly read: () => Curve | null;
}

/** Takes figures as they come; between two of them the work went evenly, as far as anybody knows. */
export function createCurveRecorder(): CurveRecorder {
  const marks: number[] = [];
  let before = { fraction: 0, seconds: 0 };
  return {
    add: (fraction, seconds) => {
      const share = Math.min(1, fraction);
      if (!(share > before.fraction) || !(seconds >= before.seconds)) return;
      const pace = (seconds - before.seconds) / (share - before.fraction);
      while (marks.length < CURVE_STEPS && (marks.length + 1) / CURVE_STEPS <= share + 1e-9)
        marks.push(before.seconds + pace * ((marks.length + 1) / CURVE_STEPS - before.fraction));
      before = { fraction: share, seconds };
    },
    read: () => (marks.length === CURVE_STEPS ? marks.map((mark) => Math.round(mark * 10) / 10) : null),
  };
}

/** The share of a run's time that had passed when so much was done. */
function shareOfTime(curve: Curve, durationSeconds: number, done: number): number {
  const place = done * CURVE_STEPS;
  const step = Math.min(CURVE_STEPS - 1, Math.floor(place));
  const from = step === 0 ? 0 : (curve[step - 1] ?? 0);
  const to = curve[step] ?? durationSeconds;
  return Math.min(1, (from + (to - from) * (place - step)) / durationSeconds);
}

/** Curves that lie this far from each other or from a straight line say nothing yet (variance of the share). */
const CHANCE = 0.003;

/**
 * The share of the time that should have passed when `done` of the work is: as the earlier curves agree on it, else in step with the
 * work. Chance bends a single curve too, so it is believed the more the further it lies off the straight and the more others agree.
 */
export function expectedShare(
  runs: readonly { readonly durationSeconds: number; readonly curve: Curve | null }[],
  done: number,
): number {
  const shares = runs.flatMap(({ curve, durationSeconds }) =>
    curve?.length === CURVE_STEPS && durationSeconds > 0 ? [shareOfTime(curve, durationSeconds, done)] : [],
  );
  if (shares.length === 0) return done;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const apart = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  const variance = (2 * CHANCE + apart) / (1 + shares.length) / shares.length;
  const bend = mean - done;
  const belief = bend === 0 ? 0 : bend ** 2 / (bend ** 2 + variance);
  return done + belief * bend;
}

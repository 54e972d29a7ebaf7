import { createCurveRecorder } from "../../electron/progress/curve.ts";
import type { EarlierRun } from "../../electron/progress/earlier-runs.ts";
import { createRandom } from "./random.ts";

/**
 * The noise model of `bench:eta`. The estimator knows none of it; its constants were chosen on other seeds than those reported.
 *
 * - A guest has a size (4–400 GiB) and a usual pace (whole disk in 2–32 minutes at rate 1).
 * - **Rate**: a factor between 0.3 and 3 (even on a logarithmic scale), drawn anew after each 2–15 % of the work.
 * - **Pauses**: in every working second with a chance of 1 in 240 nothing moves for 30 s.
 * - **Sparse**: half of the guests have an empty stretch of 10–40 % of their disk, the same in each run, that is read eight times as fast.
 * - **Dirty bitmap**: three guests of ten are copied incrementally: 2–32 % of their disk each time, without empty stretches.
 * - VMs print as QEMU does: whole percents, no closer than three seconds. Containers print nothing (a directory) or their bytes once a
 *   minute without a total (a backup server).
 * - Before the data come 1–4 s of preparation, after it 1–8 s of finishing.
 */
export interface MadeRun {
  /** Kind of task, as its UPID would have it. */
  readonly kind: string;
  /** Milliseconds from start to end. */
  readonly total: number;
  /** What the log says and when, ms from the start. */
  readonly lines: readonly { readonly at: number; readonly line: string }[];
  readonly history: readonly EarlierRun[];
}

interface Guest {
  readonly vmid: number;
  readonly bytes: number;
  /** Share of the disk a second at rate 1. */
  readonly pace: number;
  readonly bitmap: boolean;
  readonly sparseFrom: number;
  readonly sparseLength: number;
}

interface Course {
  readonly seconds: number;
  readonly bytes: number;
  /** Share done after each second of copying. */
  readonly shares: readonly number[];
  readonly before: number;
}

const GIB = 1024 ** 3;
const PAUSE_SECONDS = 30;

function makeGuest(random: () => number): Guest {
  return {
    vmid: 100 + Math.floor(random() * 900),
    bytes: Math.round((4 + random() * 396) * GIB),
    pace: 1 / (120 + random() * 1800),
    bitmap: random() < 0.3,
    sparseFrom: random(),
    sparseLength: random() < 0.5 ? 0.1 + random() * 0.3 : 0,
  };
}

function makeCourse(random: () => number, guest: Guest): Course {
  const amount = guest.bitmap ? 0.02 + 0.3 * random() : 1;
  const shares: number[] = [];
  let [done, factor, until, paused] = [0, 1, 0, 0];
  while (done < 1) {
    if (paused > 0) paused -= 1;
    else {
      if (random() < 1 / 240) paused = PAUSE_SECONDS;
      if (done >= until) {
        factor = 0.3 * 10 ** random();
        until = done + 0.02 + random() * 0.13;
      }
      const sparse =
        !guest.bitmap && done >= guest.sparseFrom && done < guest.sparseFrom + guest.sparseLength;
      done = Math.min(1, done + (guest.pace / amount) * factor * (sparse ? 8 : 1));
    }
    shares.push(done);
  }
  const before = 1 + Math.floor(random() * 4);
  const after = 1 + Math.floor(random() * 8);
  return { seconds: before + shares.length + after, bytes: Math.round(guest.bytes * amount), shares, before };
}

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
const inWords = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`;

/** The lines between start and end, with the second of copying at which they come. */
type Talk = (course: Course, guest: Guest) => readonly { readonly second: number; readonly line: string }[];

const vmTalk: Talk = ({ shares, bytes }, guest) => {
  const dirty = `INFO: using fast incremental mode (dirty-bitmap), ${gib(bytes)} dirty of ${gib(guest.bytes)} total`;
  const said: { second: number; line: string }[] = guest.bitmap ? [{ second: 0, line: dirty }] : [];
  let [percent, at] = [0, 0];
  for (const [index, share] of shares.entries()) {
    const second = index + 1;
    const whole = Math.floor(share * 100);
    if (share < 1 && (whole === percent || second - at < 3)) continue;
    [percent, at] = [whole, second];
    const line = `INFO: ${String(whole).padStart(3)}% (${gib(share * bytes)} of ${gib(bytes)}) in ${inWords(second)}, read: 1.0 MiB/s, write: 1.0 MiB/s`;
    said.push({ second, line });
  }
  return said;
};

const silentTalk: Talk = () => [];

const minuteTalk: Talk = ({ shares, bytes }) =>
  shares.flatMap((share, index) =>
    (index + 1) % 60 === 0
      ? [
          {
            second: index + 1,
            line: `INFO: processed ${gib(share * bytes)} in ${inWords(index + 1)}, uploaded 1 GiB`,
          },
        ]
      : [],
  );

function makeRun(
  seed: number,
  earlier: number,
  type: "qemu" | "lxc",
  talk: Talk,
  change?: Partial<Guest>,
): MadeRun {
  const random = createRandom(seed);
  const guest: Guest = { ...makeGuest(random), ...change };
  const history = Array.from({ length: earlier }, () => {
    const course = makeCourse(random, guest);
    const curve = createCurveRecorder();
    for (const [second, share] of course.shares.entries()) curve.add(share, course.before + second + 1);
    return {
      durationSeconds: course.seconds,
      bytes: talk === silentTalk ? null : course.bytes,
      curve: talk === vmTalk ? curve.read() : null,
    };
  });
  const course = makeCourse(random, guest);
  const { vmid } = guest;
  const start = [
    `INFO: starting new backup job: vzdump ${vmid}`,
    `INFO: Starting Backup of VM ${vmid} (${type})`,
  ];
  return {
    kind: "vzdump",
    total: course.seconds * 1000,
    history,
    lines: [
      ...start.map((line) => ({ at: 0, line })),
      ...talk(course, guest).map(({ second, line }) => ({ at: (course.before + second) * 1000, line })),
    ],
  };
}

export const makeVmRun = (seed: number, earlier: number): MadeRun => makeRun(seed, earlier, "qemu", vmTalk);

/** A container on a directory: not a figure while it runs. Container data has no empty stretches and no bitmaps. */
export const makeSilentContainerRun = (seed: number, earlier: number): MadeRun =>
  makeRun(seed, earlier, "lxc", silentTalk, { bitmap: false, sparseLength: 0 });

/** A container on a backup server: bytes once a minute, no total. */
export const makeContainerRun = (seed: number, earlier: number): MadeRun =>
  makeRun(seed, earlier, "lxc", minuteTalk, { bitmap: false, sparseLength: 0 });

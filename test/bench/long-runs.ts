import { readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import type { Curve } from "../../electron/progress/curve.ts";
import { createCurveRecorder } from "../../electron/progress/curve.ts";
import { parseCount, parseDuration } from "../../electron/progress/units.ts";
import { sectionBasics } from "../../simulator/logs/recipe.ts";
import { qemuSection } from "../../simulator/logs/vzdump-qemu.ts";
import { createRandom as createSimulatorRandom } from "../../simulator/random.ts";
import { demoWorld } from "../../simulator/worlds/demo.ts";
import { hasReference, linesOf, referenceFolder } from "../progress/reference.ts";
import type { MadeRun } from "./noise-model.ts";
import { createRandom } from "./random.ts";

/** Real logs with at least so many figures over so many seconds are worth a replay. */
const LONG = 8;
const LONG_SECONDS = 20;
const ELAPSED = /\d%.* (?:in +((?:\d+[dhms] *)+)(?:,|$)|duration (\d+))/;

/** The shared logs that are long enough, played at the times they tell themselves. Their own stamps are the truth. */
export function longLogRuns(): readonly MadeRun[] {
  if (!hasReference("facts", "task-logs")) return [];
  const folder = join(referenceFolder, "facts", "task-logs");
  const index: unknown = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  const files = z.array(z.object({ file: z.string(), operation: z.string() })).parse(index);
  return files.flatMap(({ file, operation }) => {
    const lines = linesOf(join(folder, file));
    let at = 0;
    let figures = 0;
    const timed = lines.map((line) => {
      const [, words, count] = ELAPSED.exec(line) ?? [];
      const seconds = parseDuration(words) ?? parseCount(count);
      if (seconds !== null && seconds * 1000 >= at) {
        at = seconds * 1000;
        figures += 1;
      }
      return { at, line };
    });
    const long = figures >= LONG && at >= LONG_SECONDS * 1000;
    return long ? [{ kind: operation, total: at, lines: timed, history: [] }] : [];
  });
}

/** Bends the time of a run: rate × 0.3–3 over stretches of 20–120 s, and pauses of 30 s. */
function bend(seed: number): (ms: number) => number {
  const random = createRandom(seed);
  const knots: { from: number; to: number; rate: number }[] = [];
  let [from, to] = [0, 0];
  return (ms) => {
    while (from <= ms) {
      const length = 20_000 + random() * 100_000;
      const rate = 0.3 * 10 ** random();
      knots.push({ from, to, rate });
      from += length;
      to += length / rate + (random() < 0.3 ? 30_000 : 0);
    }
    const knot = knots.findLast((one) => one.from <= ms);
    return knot === undefined ? ms : knot.to + (ms - knot.from) / knot.rate;
  };
}

/** As the app would have recorded it. */
function curveOf({ lines }: Pick<MadeRun, "lines">): Curve | null {
  const curve = createCurveRecorder();
  for (const { at, line } of lines) {
    const percent = /^INFO: +(\d+)% \(/.exec(line)?.[1];
    if (percent !== undefined) curve.add(Number(percent) / 100, at / 1000);
  }
  return curve.read();
}

const world = demoWorld({ now: Date.UTC(2026, 0, 1) });
const machines = world.guests.filter(
  (guest) => guest.type === "qemu" && !guest.template && guest.disks.length > 0,
);
const targets = world.storages.filter((storage) => storage.content.includes("backup"));

/** A VM's section of a job's log as the simulator writes it, under noise; with earlier runs of the same guest. */
export function simulatorRun(seed: number, earlier: number): MadeRun | null {
  const guest = machines[seed % machines.length];
  const target = targets[seed % targets.length];
  if (guest === undefined || target === undefined) return null;
  const runs = Array.from({ length: earlier + 1 }, (_, index) => {
    const run = seed * 10 + index;
    const section = qemuSection({
      ...sectionBasics(world, guest, target.storage),
      node: guest.node,
      mode: "snapshot",
      extension: "zst",
      bwlimit: 0,
      notes: true,
      notesProblem: null,
      protect: false,
      prune: null,
      bitmap: false,
      previous: true,
      random: createSimulatorRandom(run),
      secondsAt: (ms) => 1_767_225_600 + ms / 1000,
    });
    const bent = bend(run);
    return {
      total: bent(section.end),
      lines: section.lines.map(({ at, line }) => ({ at: bent(at), line })),
    };
  });
  const last = runs.at(-1);
  if (last === undefined) return null;
  const bytes = guest.disks.reduce((sum, disk) => sum + disk.size, 0);
  return {
    ...last,
    kind: "vzdump",
    history: runs
      .slice(0, -1)
      .map((run) => ({ durationSeconds: run.total / 1000, bytes, curve: curveOf(run) })),
  };
}

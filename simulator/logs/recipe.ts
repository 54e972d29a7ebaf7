import { stamp } from "../format.ts";
import { profileOf } from "../profiles/pve.ts";
import { createRandom } from "../random.ts";
import type { Values } from "../schema.ts";
import type { Guest, World } from "../world.ts";
import type { SectionSpec } from "./spec.ts";
import { guestSection, jobLine } from "./vzdump.ts";

export type PastGuest = {
  readonly vmid: number;
  readonly failure: string | null;
  readonly incremental: boolean;
};

/** How the log of a finished task is written when somebody asks for it: kept as text, or as what it takes to write it. */
export type LogRecipe =
  | { readonly kind: "lines"; readonly lines: readonly string[] }
  | {
      readonly kind: "vzdump";
      readonly node: string;
      readonly params: Values;
      /** Epoch second. */
      readonly start: number;
      readonly guests: readonly PastGuest[];
      readonly warning: string | null;
      readonly seed: number;
    };

export type PastJob = Extract<LogRecipe, { kind: "vzdump" }>;

/** The parameters of a guest's section that follow from the world, shared by past and present jobs. */
export function sectionBasics(
  world: World,
  guest: Guest,
  storageId: string,
): Pick<SectionSpec, "guest" | "storage" | "snapshots" | "timeZone" | "habits"> {
  const storage = world.storages.find((one) => one.storage === storageId);
  const typeOf = (id: string): string => world.storages.find((one) => one.storage === id)?.type ?? "dir";
  return {
    guest,
    storage: storage ?? { storage: storageId, type: "dir", path: `/mnt/pve/${storageId}`, server: null },
    snapshots: guest.disks.every((disk) => ["lvmthin", "rbd"].includes(typeOf(disk.storage))),
    timeZone: world.timeZone,
    habits: profileOf(world.version).habits,
  };
}

function pastSection(
  world: World,
  job: PastJob,
  past: PastGuest,
  guest: Guest,
  offset: number,
): { lines: readonly string[]; end: number } {
  const storage = String(job.params["storage"]);
  if (past.failure !== null) {
    const started = stamp(job.start + offset / 1000, world.timeZone);
    const lines = [
      `INFO: Starting Backup of VM ${past.vmid} (${guest.type})`,
      `INFO: Backup started at ${started}`,
      `INFO: status = ${guest.status}`,
      `ERROR: Backup of VM ${past.vmid} failed - ${past.failure}`,
      `INFO: Failed at ${stamp(job.start + offset / 1000 + 4, world.timeZone)}`,
    ];
    return { lines, end: 4000 };
  }
  const section = guestSection({
    ...sectionBasics(world, guest, storage),
    node: job.node,
    mode: "snapshot",
    extension: "zst",
    bwlimit: 0,
    notes: true,
    notesProblem: null,
    protect: false,
    prune: null,
    bitmap: past.incremental,
    previous: true,
    random: createRandom(job.seed + past.vmid),
    secondsAt: (at) => job.start + (offset + at) / 1000,
  });
  return { lines: section.lines.map((one) => one.line), end: section.end };
}

/** The text of a nightly job of the past, how long it took in milliseconds, and the second at which each guest began. */
export function pastJob(
  world: World,
  job: PastJob,
): {
  readonly lines: readonly string[];
  readonly end: number;
  readonly exit: string;
  readonly began: ReadonlyMap<number, number>;
} {
  const lines: string[] = [jobLine(job.params)];
  const began = new Map<number, number>();
  let at = 500;
  for (const past of job.guests) {
    const guest = world.guests.find((one) => one.vmid === past.vmid);
    if (!guest) continue;
    const section = pastSection(
      world,
      job,
      past,
      { ...guest, status: guest.template ? "stopped" : guest.status, lock: null },
      at,
    );
    lines.push(...section.lines);
    began.set(past.vmid, Math.floor(job.start + at / 1000));
    at += section.end;
  }
  if (job.warning !== null) lines.push(`WARN: ${job.warning}`);
  const failed = job.guests.some((past) => past.failure !== null);
  const exit = failed ? "job errors" : job.warning === null ? "OK" : "WARNINGS: 1";
  lines.push(failed ? "INFO: Backup job finished with errors" : "INFO: Backup job finished successfully");
  if (profileOf(world.version).habits.notified) lines.push(NOTIFIED);
  return { lines: [...lines, endLine(exit)], end: at + 1000, exit, began };
}

/** Since 8.1, wherever mail goes. */
export const NOTIFIED = "INFO: notified via target `mail-to-root`";

/** The last line of a task log. */
export function endLine(exit: string): string {
  if (exit === "OK") return "TASK OK";
  if (exit.startsWith("WARNINGS: ")) return `TASK ${exit}`;
  return `TASK ERROR: ${exit}`;
}

export function renderLog(world: World, recipe: LogRecipe): readonly string[] {
  return recipe.kind === "lines" ? recipe.lines : pastJob(world, recipe).lines;
}

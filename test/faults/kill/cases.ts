import { setTimeout as delay } from "node:timers/promises";

import { isAppError } from "../../../shared/errors.ts";
import type { GuestType } from "../../../shared/guest.ts";
import type { Job } from "../../../shared/job.ts";
import { isOpen } from "../../../shared/job.ts";
import type { Input } from "../../../shared/operations.ts";
import type { HostRun, Lane, StartedTask } from "./lane.ts";
import { isOnline, taskSpeed, until } from "./lane.ts";
import type { Window } from "./window.ts";

export type Subject = `${"VM" | "CT"} ${"backup" | "restore"}`;
export const subjects: readonly Subject[] = ["VM backup", "CT backup", "VM restore", "CT restore"];

/** When the host dies: at a failpoint, or so many ms after the user's click. */
export type Moment =
  | { readonly at: "failpoint"; readonly name: string; readonly meanwhile: Meanwhile }
  | { readonly at: "time"; readonly ms: number; readonly meanwhile: Meanwhile };

/** What happens on the server while nobody watches. */
export type Meanwhile = "nothing" | "the task ends" | "somebody stops the task";

export interface KillCase {
  readonly subject: Subject;
  readonly moment: Moment;
  /** A number of its own: the draft, and the new guest's vmid. */
  readonly number: number;
}

export interface Verdict {
  readonly case: KillCase;
  /** The job's end, or `absent`. */
  readonly end: string;
  readonly tasks: number;
  /** What must not be; empty = as promised. */
  readonly faults: readonly string[];
  readonly seconds: number;
}

const sources = { VM: 100, CT: 102 } as const;
/** New guests get ids above all others. */
const firstNewVmid = 5000;

/** Now and then a container is restored from a copy that the small world keeps damaged: the server's result may be a failure. */
const isDamaged = ({ subject, number }: KillCase): boolean => subject === "CT restore" && number % 5 === 0;

const typeOf = (subject: Subject): GuestType => (subject.startsWith("VM") ? "qemu" : "lxc");
const taskTypes: Readonly<Record<Subject, string>> = {
  "VM backup": "vzdump",
  "CT backup": "vzdump",
  "VM restore": "qmrestore",
  "CT restore": "vzrestore",
};

function vmidOf({ subject, number }: KillCase): number {
  if (subject.endsWith("restore")) return firstNewVmid + number;
  return sources[typeOf(subject) === "qemu" ? "VM" : "CT"];
}

async function click(window: Window, lane: Lane, kill: KillCase): Promise<{ readonly jobId: string }> {
  const { subject, number } = kill;
  const place = { clusterId: lane.cluster.id, node: "pve1", storage: "nas", draft: `kill-${number}` };
  if (subject.endsWith("backup"))
    return window.call("backups.run", {
      ...place,
      vmid: vmidOf(kill),
      mode: "snapshot",
      compress: "zstd",
      note: "kill",
      protect: false,
      keepAll: false,
    });
  const vmid = sources[typeOf(subject) === "qemu" ? "VM" : "CT"];
  const wanted = { clusterId: lane.cluster.id, vmid, storage: "nas", refresh: true } as Input<"backups.list">;
  const { rows } = await window.call("backups.list", wanted);
  return window.call("restore.run", {
    ...place,
    volid: (isDamaged(kill) ? rows.at(-1) : rows[0])?.volid ?? "",
    vmid: vmidOf(kill),
    name: `restored-${number}`,
    targetStorage: "local-lvm",
    start: false,
    unique: true,
  });
}

const isDead = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true; // No such process: just what we wait for.
  }
};

/** Clicks, and lets the host die at its moment. Gives the job's id where the host still got to say it. */
async function clickAndDie(run: HostRun, lane: Lane, kill: KillCase): Promise<string | null> {
  const clicked = click(run.window, lane, kill).then(
    ({ jobId }) => jobId,
    (error: unknown) => {
      if (isAppError(error, "bridge.lost")) return null;
      throw error;
    },
  );
  if (kill.moment.at === "time") {
    await delay(kill.moment.ms);
    await run.program.kill();
  } else {
    await until(`dying at ${kill.moment.name}`, () => Promise.resolve(isDead(run.program.pid) ? true : null));
  }
  const said = await clicked;
  run.window.close();
  return said;
}

async function ourTasks(lane: Lane, kill: KillCase, from: number): Promise<readonly StartedTask[]> {
  const vmid = String(vmidOf(kill));
  return (await lane.started(from)).filter(
    (task) => task.type === taskTypes[kill.subject] && task.vmid === vmid,
  );
}

async function letItHappen(lane: Lane, kill: KillCase, tasks: readonly StartedTask[]): Promise<void> {
  for (const { upid } of tasks) {
    if (kill.moment.meanwhile === "somebody stops the task" && (await lane.endOf(upid)).running)
      await lane.control("stopTask", upid);
    if (kill.moment.meanwhile !== "nothing")
      await until("the task's end", async () => ((await lane.endOf(upid)).running ? null : true));
  }
}

/** So slow that a task is still running when somebody comes to stop it. */
const slowSpeed = 2;
/** A job that is not looked up stays open for ever: so long is waited to see that. */
const patienceWithoutLookUp = 6000;

async function settledJobs(window: Window, looksUp: boolean): Promise<readonly Job[]> {
  const check = async (): Promise<readonly Job[] | null> => {
    const { items } = await window.call("jobs.list", undefined);
    return items.some((job) => isOpen(job.state)) ? null : items;
  };
  return until("the job's end", check, looksUp ? undefined : patienceWithoutLookUp);
}

/** What the server's word makes of a job. A container's stopped backup ends with `job errors`, which only the one who stopped it can tell. */
function promisedState(exit: string | null): string {
  if (exit === "OK") return "succeeded";
  if (exit?.startsWith("WARNINGS") === true) return "warnings";
  if (exit === null || exit === "unexpected status") return "indeterminate";
  return exit.includes("interrupted by signal") ? "cancelled" : "failed";
}

async function faultsOf(
  lane: Lane,
  said: string | null,
  jobs: readonly Job[],
  tasks: readonly StartedTask[],
  window: Window,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const [task, second] = tasks;
  const [job] = jobs;
  if (second !== undefined) faults.push("a second task was started");
  if (jobs.length > 1) faults.push("a second job was made");
  if (said !== null && job?.id !== said) faults.push("the job that was promised is lost");
  const history = await window.call("history.list", {});
  if (history.total !== jobs.length) faults.push("the history does not have it");
  if (task === undefined) {
    if (job !== undefined && job.state !== "notStarted")
      faults.push(`nothing was started, but it says ${job.state}`);
    return faults;
  }
  if (job === undefined) return [...faults, "a task without a job"];
  const { exit } = await lane.endOf(task.upid);
  if (job.tasks.length !== 1 || job.tasks[0]?.upid !== task.upid) faults.push("not the server's task");
  if (job.state !== promisedState(exit))
    faults.push(`the server says ${exit}, the job ${job.state} ${job.error?.code ?? ""}`);
  if (job.tasks[0]?.logComplete !== true) faults.push("its log is not complete");
  return faults;
}

async function live(
  lane: Lane,
  kill: KillCase,
  from: number,
  looksUp: boolean,
): Promise<Omit<Verdict, "case" | "seconds">> {
  const directory = await lane.copyOfTemplate();
  const failpoint = kill.moment.at === "failpoint" ? { failpoint: kill.moment.name } : {};
  const first = await lane.startHost(directory, failpoint);
  let second: HostRun | null = null;
  try {
    await until("going online", () => isOnline(first.window));
    if (kill.moment.meanwhile === "somebody stops the task") await lane.control("setSpeed", slowSpeed);
    const said = await clickAndDie(first, lane, kill);
    await letItHappen(lane, kill, await ourTasks(lane, kill, from));
    await lane.control("setSpeed", taskSpeed);
    second = await lane.startHost(directory, { looksUp });
    const jobs = await settledJobs(second.window, looksUp);
    const tasks = await ourTasks(lane, kill, from);
    const faults = await faultsOf(lane, said, jobs, tasks, second.window);
    return { end: jobs[0]?.state ?? "absent", tasks: tasks.length, faults };
  } finally {
    await lane.control("setSpeed", taskSpeed);
    first.window.close();
    second?.window.close();
    await first.program.kill();
    await second?.program.kill();
    // The next case has the same guests: nothing may still be running on them.
    for (const { upid } of await ourTasks(lane, kill, from))
      await until(`the end of ${upid}`, async () => ((await lane.endOf(upid)).running ? null : true));
  }
}

/** One life: start, click, die, start again, settle; then the server's ledger is held against what the app says. */
export async function runCase(lane: Lane, kill: KillCase, looksUp = true): Promise<Verdict> {
  const begun = performance.now();
  const from = (await lane.started(0)).length;
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    return { case: kill, ...(await live(lane, kill, from, looksUp)), seconds: seconds() };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    const { length } = await ourTasks(lane, kill, from);
    return { case: kill, end: "open", tasks: length, faults: [fault], seconds: seconds() };
  }
}

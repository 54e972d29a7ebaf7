import { holds } from "../behaviours.ts";
import { stamp } from "../format.ts";
import { guestOf, type State } from "../state.ts";
import { redirect } from "./engine.ts";
import type { Step, Task } from "./task.ts";

/** The worker gets SIGTERM and needs a moment to clean up. */
const SIGNAL_MS = 900;

const line = (text: string): Step => ({ at: SIGNAL_MS, line: text });
const end = (exit: string): Step => ({ at: SIGNAL_MS, effect: { kind: "end", exit } });

/** As seen on PVE 9.2: a VM's backup breaks the job off, a container's fails like any guest and ends in `job errors`. */
function stopBackup(state: State, task: Task): readonly Step[] {
  const run = task.run;
  const vmid = run?.current ?? null;
  if (!run || vmid === null) return [end("interrupted by signal")];
  const failedAt = stamp(state.clock.seconds(), state.world.timeZone);
  const guest = guestOf(state.world, vmid);
  const unlock: readonly Step[] = [
    { at: SIGNAL_MS, effect: { kind: "lock", vmid, lock: null } },
    ...task.pending.flatMap((step) =>
      "effect" in step && step.effect.kind === "power" && step.effect.status === "running"
        ? [{ at: SIGNAL_MS, effect: step.effect }]
        : [],
    ),
  ];
  const failed = [
    line(`ERROR: Backup of VM ${vmid} failed - ${run.interrupted}`),
    line(`INFO: Failed at ${failedAt}`),
  ];
  if (guest?.type === "lxc")
    return [...failed, ...unlock, line("INFO: Backup job finished with errors"), end("job errors")];
  return [
    line("ERROR: interrupted by signal"),
    line("INFO: aborting backup job"),
    line("INFO: resuming VM again"),
    ...failed,
    ...unlock,
    line("ERROR: Backup job failed - interrupted by signal"),
    end("interrupted by signal"),
  ];
}

function stopRestore(state: State, task: Task): readonly Step[] {
  const vmid = task.vmid;
  if (!holds(state, "P14")) return [end("interrupted by signal")];
  if (task.type === "qmrestore") {
    return [
      line(
        `error before or during data restore, some or all disks were not completely restored. VM ${vmid ?? ""} state is NOT cleaned up.`,
      ),
      end("command 'set -o pipefail && zstd -q -d -c | vma extract -v -r' failed: interrupted by signal"),
    ];
  }
  const removed: readonly Step[] =
    vmid === null ? [] : [{ at: SIGNAL_MS, effect: { kind: "guest-remove", vmid } }];
  return [
    ...removed,
    end(
      `unable to restore CT ${vmid ?? ""} - command 'lxc-usernsexec -- tar xpf -' failed: interrupted by signal`,
    ),
  ];
}

/** DELETE of a task: answers before the worker is gone, and says nothing about one that had finished. */
export function stopTask(state: State, task: Task): void {
  if (task.exit !== null) return;
  if (task.waiting) {
    redirect(state, task, [
      line("ERROR: can't acquire lock '/var/run/vzdump.lock' - interrupted by signal"),
      end("unexpected status"),
    ]);
  } else if (task.run) {
    redirect(state, task, stopBackup(state, task));
  } else if (task.type === "qmrestore" || task.type === "vzrestore") {
    redirect(state, task, stopRestore(state, task));
  } else {
    redirect(state, task, [end("received interrupt")]);
  }
  if (!holds(state, "P12"))
    redirect(
      state,
      task,
      task.pending.map((step) => ({ ...step, at: 0 })),
    );
  state.changed();
}

/** Ends the worker now with this text, whatever it was about to do. */
export function endTask(state: State, task: Task, exit: string): void {
  if (task.exit !== null) return;
  const vmid = task.run?.current ?? null;
  const unlock: readonly Step[] =
    vmid === null ? [] : [{ at: 0, effect: { kind: "lock", vmid, lock: null } }];
  redirect(state, task, [...unlock, { at: 0, effect: { kind: "end", exit } }]);
}

/** The worker was killed hard (power loss, kill -9): no last line, and locks stay as they are. */
export function loseTask(state: State, task: Task): void {
  if (task.exit !== null) return;
  if (!holds(state, "P7")) {
    redirect(state, task, []);
    return;
  }
  redirect(state, task, [{ at: 0, effect: { kind: "end", exit: "unexpected status" } }]);
}

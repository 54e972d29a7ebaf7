/** Moments of a job at which the process may die in a test. Most stand before and after a step that another party sees. */
export const failpoints = [
  "intent.before_write",
  "intent.before_fsync",
  "intent.after_fsync",
  "dispatch.before_preflight",
  "dispatch.before_write",
  "dispatch.after_write",
  "dispatch.before_post",
  "post.partial",
  "post.sent",
  "reply.headers",
  "upid.received",
  "upid.persisted",
  "follow.tick",
  "terminal.seen",
  "terminal.persisted",
  "alert.sent",
] as const;
export type Failpoint = (typeof failpoints)[number];

/** Called at its moment; does nothing in the app. */
export type HitFailpoint = (name: Failpoint) => void;

export const noFailpoint: HitFailpoint = () => undefined;

/**
 * For test entries only: reads `PROXMOXER_FAILPOINT=name:kill9` (or `name:kill9:3`, at the third time) and ends this process as
 * hard as the system can at that moment.
 */
export function failpointFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): HitFailpoint {
  const [wanted, action, times = "1"] = (environment["PROXMOXER_FAILPOINT"] ?? "").split(":");
  if (action !== "kill9") return noFailpoint;
  let left = Number(times);
  return (name) => {
    if (name !== wanted) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
}

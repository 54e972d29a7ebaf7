import type { Job } from "../../shared/job.ts";
import { jobSchema } from "../../shared/job.ts";

/** A job as it is written first; `n` makes it another one. */
export function newJob(n: number, more: Partial<Job> = {}): Job {
  const id = `01ARZ3NDEKTSV4RRFFQ69G${String(n).padStart(4, "0")}`;
  return jobSchema.parse({
    id,
    trace: `pxm:${id}`,
    clusterId: "c1",
    clusterName: "Cluster one",
    request: {
      kind: "backup",
      guest: { vmid: 100 + n, type: "qemu", name: `guest-${n}`, node: "pve1" },
      storage: "local",
      mode: "snapshot",
      compress: "zstd",
      note: "",
      protect: false,
      keepAll: false,
    },
    state: "accepted",
    pause: null,
    createdAt: n,
    sentAt: null,
    endedAt: null,
    durationSeconds: null,
    tasks: [],
    guests: [],
    progress: null,
    archive: null,
    size: null,
    warnings: [],
    error: null,
    candidates: [],
    cancelRequestedAt: null,
    revision: n,
    ...more,
  });
}

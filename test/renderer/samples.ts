import { clusterSchema, type Cluster } from "../../shared/cluster.ts";
import { guestSchema, type Guest } from "../../shared/guest.ts";
import { jobSchema, type Job } from "../../shared/job.ts";
import { storageSchema, type Storage } from "../../shared/storage.ts";

export function aStorage(): Storage {
  return storageSchema.parse({
    clusterId: "berlin",
    node: "pve1",
    storage: "nas",
    type: "nfs",
    content: ["backup"],
    shared: true,
    enabled: true,
    active: true,
    total: null,
    used: null,
    available: null,
    seenAt: 0,
  });
}

const fingerprint = "ab".repeat(32);
const now = 1_800_000_000_000;

/** A cluster that is well, with what a test wants otherwise. */
export function aCluster(differs: Partial<Cluster> = {}): Cluster {
  const cluster = clusterSchema.parse({
    id: "berlin",
    kind: "pve",
    name: "Berlin",
    demo: false,
    addresses: [
      {
        address: "pve1.example.com:8006",
        trust: { kind: "pinned", fingerprint },
        node: "pve1",
        state: "answering",
      },
    ],
    proxy: null,
    login: { kind: "password", user: "admin@pve" },
    credential: "stored",
    status: "online",
    clusterName: "berlin",
    version: "9.2.11",
    nodes: [],
    quorate: true,
    clockOffset: 0,
    createdAt: now,
    updatedAt: now,
    lastAnswerAt: now,
    missingRights: [],
    newerThan: null,
    edition: 1,
  });
  return { ...cluster, ...differs };
}

export function aGuest(
  differs: Partial<Omit<Guest, "clusterId">> & { readonly clusterId?: string } = {},
): Guest {
  return guestSchema.parse({
    clusterId: "berlin",
    node: "pve1",
    vmid: 101,
    type: "qemu",
    name: "web-1",
    status: "running",
    template: false,
    cpu: 0,
    maxCpu: 1,
    memory: 0,
    maxMemory: 1,
    disk: null,
    maxDisk: 1,
    uptime: 1,
    tags: [],
    lock: null,
    ha: null,
    pool: null,
    lastBackup: { state: "none" },
    conflict: false,
    seenAt: now,
    ...differs,
  });
}

export function aJob(differs: Partial<Omit<Job, "id">> & { readonly id?: string } = {}): Job {
  return jobSchema.parse({
    id: "01JD4X7Q0M2V00000000000001",
    trace: "pxm:01JD4X7Q0M2V00000000000001",
    clusterId: "berlin",
    clusterName: "Berlin",
    request: {
      kind: "backup",
      guest: { vmid: 101, type: "qemu", name: "web-1", node: "pve1" },
      storage: "nas",
      mode: "snapshot",
      compress: "zstd",
      note: "",
      protect: false,
      keepAll: false,
    },
    state: "running",
    pause: null,
    createdAt: now,
    sentAt: now,
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
    revision: 1,
    ...differs,
  });
}

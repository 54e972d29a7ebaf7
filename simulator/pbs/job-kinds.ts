import type { Kind } from "./job-kind.ts";
import { pruneJob } from "./prune-job.ts";
import { syncJob } from "./sync-job.ts";
import { verifyJob } from "./verify-job.ts";

export const kinds: readonly Kind[] = [syncJob, verifyJob, pruneJob];

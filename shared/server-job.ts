import { z } from "zod";

import { timeSchema } from "./ids.ts";

/** Jobs that a backup server runs by itself. */
export const serverJobKinds = ["sync", "verify", "prune", "gc"] as const;
export const serverJobKindSchema = z.enum(serverJobKinds);
export type ServerJobKind = z.infer<typeof serverJobKindSchema>;

/** A job of a backup server with how it went and when it goes next. */
export const serverJobSchema = z.object({
  kind: serverJobKindSchema,
  /** The job's id; the datastore's name for GC, of which there is one each. */
  id: z.string(),
  store: z.string(),
  namespace: z.string(),
  comment: z.string(),
  enabled: z.boolean(),
  /** Calendar event; null = it runs only when somebody starts it. */
  schedule: z.string().nullable(),
  nextRun: timeSchema.nullable(),
  lastRun: z
    .object({
      upid: z.string().nullable(),
      endedAt: timeSchema.nullable(),
      /** The server's words: `OK`, `WARNINGS: 3`, an error's text; null = it runs, or the server did not say. */
      state: z.string().nullable(),
    })
    .nullable(),
  /** What it does, in Proxmox's own words and values: `keep-last` → `3`, `remote` → `offsite`. */
  options: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type ServerJob = z.infer<typeof serverJobSchema>;

export function serverJobKey({ kind, id }: Pick<ServerJob, "kind" | "id">): string {
  return `${kind}/${id}`;
}

/** A run of it may remove backups: it is confirmed first. */
export function removesBackups({ kind, options }: Pick<ServerJob, "kind" | "options">): boolean {
  if (kind === "prune") return true;
  return kind === "sync" && options.some(({ name, value }) => name === "remove-vanished" && value === "1");
}

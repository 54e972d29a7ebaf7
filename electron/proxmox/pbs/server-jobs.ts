import { z } from "zod";

import type { ServerJob, ServerJobKind } from "../../../shared/server-job.ts";
import { serverJobRequests } from "../requests/pbs/server-jobs.ts";
import { flagField, plainTextField, requiredText, rowsOf, textField, timeField } from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";

/** Options worth reading, by kind, in the server's own names and order. */
const optionNames: Readonly<Record<ServerJobKind, readonly string[]>> = {
  sync: [
    "sync-direction",
    "remote",
    "remote-store",
    "remote-ns",
    "owner",
    "max-depth",
    "remove-vanished",
    "encrypted-only",
    "verified-only",
    "transfer-last",
    "group-filter",
    "rate-in",
    "rate-out",
    "resync-corrupt",
    "run-on-mount",
  ],
  verify: ["ignore-verified", "outdated-after", "max-depth"],
  prune: [
    "keep-last",
    "keep-hourly",
    "keep-daily",
    "keep-weekly",
    "keep-monthly",
    "keep-yearly",
    "max-depth",
  ],
  gc: [],
};

const rowSchema = z.looseObject({
  /** Absent for GC: there it is the datastore. */
  id: textField,
  store: requiredText,
  ns: plainTextField,
  comment: plainTextField,
  disable: flagField,
  schedule: textField,
  "next-run": timeField,
  "last-run-endtime": timeField,
  "last-run-state": textField,
  "last-run-upid": textField,
  /** GC's last task, whatever became of it. */
  upid: textField,
});

function optionText(value: unknown): string | null {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string" || typeof value === "number") return String(value);
  return Array.isArray(value) ? value.filter((one) => typeof one === "string").join(", ") : null;
}

function jobSchemaOf(kind: ServerJobKind) {
  return rowSchema.transform((row): ServerJob => {
    const upid = row["last-run-upid"] ?? row.upid;
    const endedAt = row["last-run-endtime"];
    return {
      kind,
      id: row.id ?? row.store,
      store: row.store,
      namespace: row.ns,
      comment: row.comment,
      enabled: !row.disable,
      schedule: row.schedule === "" ? null : row.schedule,
      nextRun: row["next-run"],
      lastRun: upid === null && endedAt === null ? null : { upid, endedAt, state: row["last-run-state"] },
      options: optionNames[kind].flatMap((name) => {
        const value = optionText(row[name]);
        return value === null || value === "" ? [] : [{ name, value }];
      }),
    };
  });
}

/** Jobs of one kind with their last and next run, as far as this account may see them. Throws AppError `server.*`. */
export async function listServerJobs(
  session: Session,
  kind: ServerJobKind,
  signal: AbortSignal,
): Promise<Rows<ServerJob>> {
  const schema = rowsOf(jobSchemaOf(kind));
  const { sync } = serverJobRequests;
  const { value } =
    kind === "sync"
      ? await session.read({ request: sync, values: { "sync-direction": "all" }, schema }, signal)
      : await session.read({ request: serverJobRequests[kind], values: {}, schema }, signal);
  return value;
}

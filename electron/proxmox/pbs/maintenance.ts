import { z } from "zod";

import { AppError } from "../../../shared/errors.ts";
import { keepRules } from "../../../shared/retention.ts";
import { parseUpid } from "../../../shared/task.ts";
import type { Keep } from "../../../shared/retention.ts";
import type { ServerJobKind } from "../../../shared/server-job.ts";
import { settled } from "../pve/launch.ts";
import { datastoreRequests } from "../requests/pbs/datastores.ts";
import { hostRequests } from "../requests/pbs/host.ts";
import { serverJobRequests } from "../requests/pbs/server-jobs.ts";
import { flagField, requiredInteger, requiredText, rowsOf } from "../schema.ts";
import type { Session } from "../session.ts";
import { groupValues, placeValues } from "./snapshots.ts";
import type { GroupPlace, Place } from "./snapshots.ts";

/** The UPID of what was started. A 200 without one says nothing of what was done. */
function upidFrom(data: unknown, address: string): string {
  const upid = parseUpid(data);
  if (upid?.product === "pbs") return upid.upid;
  throw new AppError("server.badAnswer", { params: { address, reason: "noUpid" } });
}

export interface VerifyWish extends Place {
  /** null: the namespace and all below it. */
  readonly group: GroupPlace["group"] | null;
  /** null: the whole group. */
  readonly time: number | null;
  /** Leave out what was verified lately (`outdatedAfter` days; null = ever). */
  readonly ignoreVerified: boolean;
  readonly outdatedAfter: number | null;
}

/** Starts a verification; sent once. Throws AppError `server.*`; `server.unconfirmed` where the answer was lost. */
export async function startVerify(session: Session, wish: VerifyWish, signal: AbortSignal): Promise<string> {
  const { group, time } = wish;
  const values = {
    ...placeValues(wish),
    ...(group === null ? {} : { "backup-type": group.type, "backup-id": group.id }),
    ...(group === null || time === null ? {} : { "backup-time": Math.round(time / 1000) }),
    "ignore-verified": wish.ignoreVerified,
    "outdated-after": wish.outdatedAfter ?? undefined,
  };
  return upidFrom(
    settled(await session.write({ request: datastoreRequests.verify, values }, signal)),
    session.address,
  );
}

/** Removes chunks that no backup needs any more; sent once. Throws as `startVerify`. */
export async function startGarbageCollection(
  session: Session,
  input: { readonly store: string },
  signal: AbortSignal,
): Promise<string> {
  const { store } = input;
  return upidFrom(
    settled(await session.write({ request: datastoreRequests.collectGarbage, values: { store } }, signal)),
    session.address,
  );
}

/** Runs one of the server's own jobs now; sent once. Throws as `startVerify`. */
export async function runServerJob(
  session: Session,
  job: { readonly kind: ServerJobKind; readonly id: string },
  signal: AbortSignal,
): Promise<string> {
  const { kind, id } = job;
  if (kind === "gc") return startGarbageCollection(session, { store: id }, signal);
  const request = { sync: "runSync", verify: "runVerify", prune: "runPrune" } as const;
  const outcome = await session.write({ request: serverJobRequests[request[kind]], values: { id } }, signal);
  return upidFrom(settled(outcome), session.address);
}

const keepValues = (keep: Keep) =>
  Object.fromEntries(keepRules.map((rule) => [`keep-${rule}`, keep[rule]])) as {
    readonly [K in (typeof keepRules)[number] as `keep-${K}`]: Keep[K];
  };

export interface PrunedSnapshot {
  readonly type: string;
  readonly id: string;
  /** ms since the epoch. */
  readonly time: number;
  readonly keep: boolean;
  readonly protected: boolean;
}

const prunedSchema = z
  .object({
    "backup-type": requiredText,
    "backup-id": requiredText,
    "backup-time": requiredInteger,
    keep: z.boolean(),
    protected: flagField,
  })
  .transform((row): PrunedSnapshot => ({
    type: row["backup-type"],
    id: row["backup-id"],
    time: row["backup-time"] * 1000,
    keep: row.keep,
    protected: row.protected,
  }));

/**
 * What a rule would do to one group; removes nothing. The server takes it as a POST, so that it is asked once like a write. A row
 * that cannot be read fails the whole: it may be one that would be removed. Throws AppError `server.*`.
 */
export async function previewPrune(
  session: Session,
  at: GroupPlace & { readonly keep: Keep },
  signal: AbortSignal,
): Promise<readonly PrunedSnapshot[]> {
  const values = { ...groupValues(at), ...keepValues(at.keep), "dry-run": true };
  const data = settled(await session.write({ request: datastoreRequests.prune, values }, signal));
  const parsed = rowsOf(prunedSchema).safeParse(data);
  if (!parsed.success || parsed.data.bad > 0) {
    throw new AppError("server.badAnswer", { params: { address: session.address, reason: "someRows" } });
  }
  return parsed.data.rows;
}

/** Prunes one group, or every group of just this namespace; sent once. Throws as `startVerify`. */
export async function startPrune(
  session: Session,
  at: Place & { readonly group: GroupPlace["group"] | null; readonly keep: Keep },
  signal: AbortSignal,
): Promise<string> {
  const { group } = at;
  const rule = { ...keepValues(at.keep), "dry-run": false };
  const outcome =
    group === null
      ? await session.write(
          {
            request: datastoreRequests.pruneDatastore,
            // Namespaces below were not shown.
            values: { ...placeValues(at), ...rule, "max-depth": 0 },
          },
          signal,
        )
      : await session.write(
          {
            request: datastoreRequests.prune,
            values: { ...groupValues({ ...at, group }), ...rule, "use-task": true },
          },
          signal,
        );
  return upidFrom(settled(outcome), session.address);
}

/** The server's time zone, in which its prune reckons days and weeks. Throws AppError `server.*`. */
export async function readTimeZone(session: Session, signal: AbortSignal): Promise<string> {
  const { value } = await session.read(
    { request: hostRequests.time, values: {}, schema: z.object({ timezone: requiredText }) },
    signal,
  );
  return value.timezone;
}

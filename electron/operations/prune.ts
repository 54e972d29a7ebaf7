import { AppError } from "../../shared/errors.ts";
import { keepText, markSnapshots } from "../../shared/retention.ts";
import { groupText, snapshotText } from "../../shared/snapshot.ts";
import { previewPrune, readTimeZone } from "../proxmox/pbs/maintenance.ts";
import { listGroups, listSnapshots } from "../proxmox/pbs/snapshots.ts";
import { backupServer } from "./backup-server.ts";

import type { Confirmable } from "../../shared/confirmation.ts";
import type { Mark } from "../../shared/retention.ts";
import type { GroupRef } from "../../shared/snapshot.ts";
import type { GroupPlace } from "../proxmox/pbs/snapshots.ts";
import type { Session } from "../proxmox/session.ts";
import type { Facts } from "./confirmations.ts";
import type { Deps } from "./deps.ts";

type PruneTarget = Extract<Confirmable, { action: "datastore.prune" }>;

/** Each group is asked for by itself; of more the server's own prune job is the right tool. */
export const maxPrunedGroups = 200;

/**
 * What a prune would do, by the server's own dry run, read now: every snapshot with its fate stands in `list`, one a line, so that
 * the confirmation is bound to exactly what is shown. Throws AppError prune.tooMany, `server.*`.
 */
export async function pruneFacts(
  deps: Pick<Deps, "clusters">,
  target: PruneTarget,
  signal: AbortSignal,
): Promise<Facts> {
  const { server, session } = backupServer(deps, target.clusterId);
  const timeZone = await readTimeZone(session, signal);
  const groups = target.group === null ? await allGroups(session, target, signal) : [target.group];
  const lines: string[] = [];
  for (const group of groups) {
    lines.push(...(await fatesOf(session, { ...target, group }, timeZone, signal)));
  }
  return {
    server: server.name,
    store: target.store,
    namespace: target.namespace,
    group: target.group === null ? "" : groupText(target.group),
    keep: keepText(target.keep),
    groups: groups.length,
    removed: lines.filter((line) => line.endsWith(" remove")).length,
    kept: lines.filter((line) => !line.endsWith(" remove")).length,
    list: lines.join("\n"),
  };
}

async function allGroups(
  session: Session,
  target: PruneTarget,
  signal: AbortSignal,
): Promise<readonly GroupRef[]> {
  const { rows, bad } = await listGroups(session, target, signal);
  if (bad > 0) {
    throw new AppError("server.badAnswer", { params: { address: session.address, reason: "someRows" } });
  }
  if (rows.length > maxPrunedGroups) {
    throw new AppError("prune.tooMany", { params: { groups: rows.length, most: maxPrunedGroups } });
  }
  return rows.map(({ type, id }) => ({ type, id }) as GroupRef);
}

/** `vm/100/2026-11-27T12:00:00Z daily`: the server's decision, with the rule that explains it where ours agrees. */
async function fatesOf(
  session: Session,
  at: GroupPlace & Pick<PruneTarget, "keep">,
  timeZone: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [decided, { rows }] = await Promise.all([
    previewPrune(session, at, signal),
    listSnapshots(session, at, signal),
  ]);
  const reasons = new Map(
    [...markSnapshots(rows, at.keep, timeZone)].map(([{ time }, mark]) => [time, mark]),
  );
  return decided
    .toSorted((a, b) => b.time - a.time)
    .map((one) => `${snapshotText(one)} ${fateOf(one, reasons.get(one.time))}`);
}

function fateOf(
  decided: { readonly keep: boolean; readonly protected: boolean },
  reason: Mark | undefined,
): string {
  if (decided.protected) return "protected";
  if (!decided.keep) return "remove";
  return reason === undefined || reason === "remove" || reason === "protected" ? "keep" : reason;
}

import { z } from "zod";

import { snapshotTypeSchema } from "../../../shared/snapshot.ts";
import type { CryptMode, GroupRef, Snapshot, SnapshotGroup } from "../../../shared/snapshot.ts";
import { datastoreRequests } from "../requests/pbs/datastores.ts";
import {
  amountField,
  flagField,
  noteField,
  plainTextField,
  requiredInteger,
  requiredText,
  rowsOf,
  textField,
  timeField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";
import { settled } from "../pve/launch.ts";

/** A place in a datastore; the root namespace is empty and not sent. */
export interface Place {
  readonly store: string;
  readonly namespace: string;
}
export type GroupPlace = Place & { readonly group: GroupRef };
export type SnapshotPlace = GroupPlace & { readonly time: number };

/** Parameters that name a namespace, a group, a snapshot. */
export const placeValues = ({ store, namespace }: Place) => ({
  store,
  ns: namespace === "" ? undefined : namespace,
});
export const groupValues = (at: GroupPlace) => ({
  ...placeValues(at),
  "backup-type": at.group.type,
  "backup-id": at.group.id,
});
const snapshotValues = (at: SnapshotPlace) => ({
  ...groupValues(at),
  "backup-time": Math.round(at.time / 1000),
});

export interface ListedNamespace {
  /** `a/b`; empty is the root. */
  readonly namespace: string;
  readonly comment: string;
}

const namespaceRowSchema = z
  .object({ ns: z.string(), comment: plainTextField })
  .transform(({ ns, comment }): ListedNamespace => ({ namespace: ns, comment }));

/** All namespaces that this account may see, the root among them, parents before children. Throws AppError `server.*`. */
export async function listNamespaces(
  session: Session,
  input: { readonly store: string; readonly parent?: string; readonly maxDepth?: number },
  signal: AbortSignal,
): Promise<Rows<ListedNamespace>> {
  const { value } = await session.read(
    {
      request: datastoreRequests.namespaces,
      values: {
        store: input.store,
        parent: input.parent === "" ? undefined : input.parent,
        "max-depth": input.maxDepth,
      },
      schema: rowsOf(namespaceRowSchema),
      lane: input.store,
    },
    signal,
  );
  return value;
}

const groupRowSchema = z
  .object({
    "backup-type": snapshotTypeSchema,
    "backup-id": requiredText,
    "last-backup": timeField,
    "backup-count": amountField,
    owner: textField,
    comment: plainTextField,
    files: z.array(z.string()).nullish().catch(null),
  })
  .transform((row): SnapshotGroup => ({
    type: row["backup-type"],
    id: row["backup-id"],
    lastBackup: row["last-backup"],
    count: row["backup-count"],
    owner: row.owner,
    comment: row.comment,
    files: row.files ?? [],
  }));

/** Groups of one namespace: all with Datastore.Audit, the account's own with Datastore.Backup. Throws AppError `server.*`. */
export async function listGroups(
  session: Session,
  at: Place,
  signal: AbortSignal,
): Promise<Rows<SnapshotGroup>> {
  const { value } = await session.read(
    {
      request: datastoreRequests.groups,
      values: placeValues(at),
      schema: rowsOf(groupRowSchema),
      lane: at.store,
    },
    signal,
  );
  return value;
}

const manifestFile = "index.json.blob";
/** They say nothing of how the data is kept: the manifest is at most signed, the client's log is sent after the rest. */
const besideTheData = new Set([manifestFile, "client.log.blob"]);

const cryptField = z
  .unknown()
  .optional()
  .transform((value): CryptMode => {
    if (value === "none" || value === "encrypt") return value;
    return value === "sign-only" ? "signOnly" : null;
  });

const fileSchema = z
  .object({ filename: requiredText, size: amountField, "crypt-mode": cryptField })
  .transform((row) => ({ name: row.filename, size: row.size, crypt: row["crypt-mode"] }));
type SnapshotFile = z.infer<typeof fileSchema>;

/** Official schema dumps call a file a text, servers send an object (pbs-api-types, BackupContent): both are read. */
const filesField = z
  .array(
    z.union([fileSchema, z.string().transform((name): SnapshotFile => ({ name, size: null, crypt: null }))]),
  )
  .nullish()
  .transform((files) => files ?? []);

function cryptOf(files: readonly SnapshotFile[]): CryptMode {
  const modes = new Set(files.filter(({ name }) => !besideTheData.has(name)).map(({ crypt }) => crypt));
  const [only = null] = modes;
  return modes.size > 1 ? "mixed" : only;
}

function verificationOf(state: string | null | undefined): Snapshot["verification"]["state"] {
  return state === "ok" || state === "failed" ? state : "none";
}

const snapshotRowSchema = z
  .object({
    "backup-type": snapshotTypeSchema,
    "backup-id": requiredText,
    "backup-time": requiredInteger,
    size: amountField,
    owner: textField,
    comment: plainTextField,
    protected: flagField,
    verification: z.object({ state: textField, upid: textField }).nullish().catch(null),
    fingerprint: textField,
    files: filesField,
  })
  .transform((row): Snapshot => ({
    type: row["backup-type"],
    id: row["backup-id"],
    time: row["backup-time"] * 1000,
    size: row.size,
    owner: row.owner,
    comment: row.comment,
    protected: row.protected,
    verification: {
      state: verificationOf(row.verification?.state),
      upid: row.verification?.upid ?? null,
    },
    crypt: cryptOf(row.files),
    keyFingerprint: row.fingerprint,
    unfinished: !row.files.some(({ name }) => name === manifestFile),
    files: row.files,
  }));

/** Snapshots of one group: a whole datastore in one answer can be tens of MB. Throws AppError `server.*`. */
export async function listSnapshots(
  session: Session,
  at: GroupPlace,
  signal: AbortSignal,
): Promise<Rows<Snapshot>> {
  const { value } = await session.read(
    {
      request: datastoreRequests.snapshots,
      values: groupValues(at),
      schema: rowsOf(snapshotRowSchema),
      // On a slow disk two such readings at once only slow each other.
      lane: at.store,
    },
    signal,
  );
  return value;
}

/** The whole notes of a snapshot, or of its group where no time is given. Throws AppError `server.*`. */
export async function readNotes(
  session: Session,
  at: GroupPlace & { readonly time: number | null },
  signal: AbortSignal,
): Promise<string> {
  const { time } = at;
  const { value } =
    time === null
      ? await session.read(
          { request: datastoreRequests.groupNotes, values: groupValues(at), schema: noteField },
          signal,
        )
      : await session.read(
          {
            request: datastoreRequests.notes,
            values: snapshotValues({ ...at, time }),
            schema: noteField,
          },
          signal,
        );
  return value;
}

/** Throws AppError `server.*`; `server.unconfirmed` where the answer was lost. */
export async function writeNotes(
  session: Session,
  at: GroupPlace & { readonly time: number | null; readonly notes: string },
  signal: AbortSignal,
): Promise<void> {
  const { time, notes } = at;
  const outcome =
    time === null
      ? await session.write(
          { request: datastoreRequests.changeGroupNotes, values: { ...groupValues(at), notes } },
          signal,
        )
      : await session.write(
          { request: datastoreRequests.changeNotes, values: { ...snapshotValues({ ...at, time }), notes } },
          signal,
        );
  settled(outcome);
}

/** A protected snapshot is left alone by every prune. Throws AppError `server.*`; `server.unconfirmed` where the answer was lost. */
export async function protectSnapshot(
  session: Session,
  at: SnapshotPlace & { readonly protected: boolean },
  signal: AbortSignal,
): Promise<void> {
  const values = { ...snapshotValues(at), protected: at.protected };
  settled(await session.write({ request: datastoreRequests.changeProtected, values }, signal));
}

import { z } from "zod";

import { AppError } from "../../../shared/errors.ts";
import { backupRequests } from "../requests/pve/backup.ts";
import { flagField, mapOf, numberField, plainTextField, propertyString } from "../schema.ts";
import type { Session } from "../session.ts";
import { isAtLeast } from "../version.ts";
import type { ServerVersion } from "../version.ts";
import { storageOfVolume } from "./storage.ts";
import { launch } from "./launch.ts";
import type { LaunchOutcome } from "./launch.ts";

/** pve-guest-common: longer templates are refused. */
const maxNotesBytes = 1024;

export interface VzdumpInput {
  readonly node: string;
  readonly vmid: number;
  readonly storage: string;
  readonly mode: "snapshot" | "suspend" | "stop";
  readonly compress: "zstd" | "gzip" | "lzo" | "0";
  /** Made by `notesTemplate`; left out for servers before 7.2. */
  readonly notesTemplate?: string;
  readonly protected?: boolean;
  /** Lifts a keep-N rule that would refuse the copy; needs Datastore.Allocate. */
  readonly pruneKeepAll?: boolean;
}

/** Servers before 7.2 do not know `notes-template` and would refuse the backup. */
export function carriesNotes(version: ServerVersion): boolean {
  return isAtLeast(version, 7, 2);
}

/** Nor do servers before 7.0 know protected backups. */
export function canProtect(version: ServerVersion): boolean {
  return isAtLeast(version, 7, 0);
}

/**
 * A person's note and our trace as vzdump wants them: one line, newline and backslash escaped, the trace at the end of the
 * first line because lists show only that. Throws AppError `backup.noteInvalid` for variables that vzdump does not know
 * (it would refuse the backup) and where it is too long.
 */
export function notesTemplate(input: { readonly note: string; readonly trace: string }): string {
  const note = input.note.replaceAll(/\r\n?/gu, "\n").trimEnd();
  const known = /(?<!\{)\{\{(?:cluster|guestname|node|vmid)\}\}(?!\})/gu;
  if (/\{\{|\}\}/u.test(note.replaceAll(known, ""))) {
    throw new AppError("backup.noteInvalid", { fields: { note: "variable" } });
  }
  // eslint-disable-next-line no-control-regex -- a note is text; everything but newline and tab would be refused or lost
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/u.test(note)) {
    throw new AppError("backup.noteInvalid", { fields: { note: "control" } });
  }
  const [first = "", ...rest] = note.split("\n");
  const lines = [`${first} [${input.trace}]`.trimStart(), ...rest];
  const template = lines.map((line) => line.replaceAll("\\", "\\\\")).join(String.raw`\n`);
  if (Buffer.byteLength(template) > maxNotesBytes) {
    throw new AppError("backup.noteInvalid", { fields: { note: "length" }, params: { max: maxNotesBytes } });
  }
  return template;
}

/**
 * Backs one guest up. Always sends `remove=0`: the server's default would prune older copies by the storage's rule.
 * `elsewhere` where the guest is not on that node. Never throws for what the server says; AppError `input.invalid` for ids
 * that are none.
 */
export async function vzdump(
  session: Session,
  input: VzdumpInput,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const { node, storage, mode, compress, notesTemplate: notes } = input;
  const values = {
    node,
    vmid: [input.vmid],
    storage,
    mode,
    compress,
    remove: false,
    "prune-backups": input.pruneKeepAll === true ? "keep-all=1" : undefined,
    "notes-template": notes,
    protected: input.protected === true ? true : undefined,
  } as const;
  const request = { request: backupRequests.run, values };
  return await launch(session, request, { node, types: ["vzdump"] }, signal);
}

export interface VzdumpDefaults {
  /**
   * How many unprotected copies of a guest the storage's rule allows when nothing is pruned (`remove=0`): the sum of its
   * keep numbers; null = no limit (seen on PVE 9.2: "There is a max backup limit of N").
   */
  readonly maxBackups: number | null;
  readonly remove: boolean;
  readonly mode: string;
  readonly compress: string;
  readonly notesTemplate: string;
}

/** `keep-daily=3,keep-last=2` or the same as an object of numbers or strings. */
function keepNumbers(value: unknown): ReadonlyMap<string, number> {
  const entries: readonly (readonly [string, unknown])[] =
    typeof value === "string"
      ? [...propertyString(value, "keep-last")]
      : typeof value === "object" && value !== null
        ? Object.entries(value)
        : [];
  const numbers = entries.map(([key, number]): readonly [string, number] => [key, Number(number)]);
  return new Map(
    numbers.filter(([key, number]) => key.startsWith("keep-") && Number.isInteger(number) && number > 0),
  );
}

function limitOf(prune: unknown, maxFiles: number | null): number | null {
  const keep = keepNumbers(prune);
  if (keep.has("keep-all")) return null;
  const sum = [...keep.values()].reduce((total, number) => total + number, 0);
  if (sum > 0) return sum;
  // Before 7: `maxfiles`, where 0 is no limit.
  return maxFiles !== null && maxFiles > 0 ? maxFiles : null;
}

const defaultsSchema = mapOf.transform((defaults): VzdumpDefaults => {
  const scalars = z
    .object({
      remove: flagField,
      mode: plainTextField,
      compress: plainTextField,
      "notes-template": plainTextField,
      maxfiles: numberField,
    })
    .parse(Object.fromEntries([...defaults].filter(([key]) => key !== "__proto__")));
  return {
    maxBackups: limitOf(defaults.get("prune-backups"), scalars.maxfiles),
    remove: scalars.remove,
    mode: scalars.mode,
    compress: scalars.compress,
    notesTemplate: scalars["notes-template"],
  };
});

/** What a backup to this storage would use by itself. Needs Datastore.Audit or AllocateSpace. Throws AppError `server.*`. */
export async function readVzdumpDefaults(
  session: Session,
  input: { readonly node: string; readonly storage: string },
  signal: AbortSignal,
): Promise<VzdumpDefaults> {
  const { value } = await session.read(
    { request: backupRequests.defaults, values: input, schema: defaultsSchema },
    signal,
  );
  return value;
}

/** The guest's configuration as it lies in a backup, as text. Throws AppError `server.notFound`, `server.*`. */
export async function extractConfig(
  session: Session,
  input: { readonly node: string; readonly volid: string },
  signal: AbortSignal,
): Promise<string> {
  const { node, volid: volume } = input;
  const { value } = await session.read(
    {
      request: backupRequests.savedConfig,
      values: { node, volume },
      schema: z.string(),
      lane: `${node}/${storageOfVolume(volume)}`,
    },
    signal,
  );
  return value;
}

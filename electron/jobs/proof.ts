import type { JobRequest } from "../../shared/job.ts";
import type { Final } from "../../shared/progress.ts";
import type { FoundArchive, JobServer } from "./server.ts";

/** What the server shows of a task's work, apart from the task itself. */
export type Proof =
  | { readonly state: "proved"; readonly archive: string | null; readonly size: number | null }
  /** Looked everywhere it should be. */
  | { readonly state: "missing" }
  /** This account may not look. */
  | { readonly state: "mayNotSee" };

export interface ProofContext {
  readonly server: JobServer;
  readonly trace: string;
  /** The archive as the log names it; null where it does not. */
  readonly loggedArchive: string | null;
  /** Without a known end the proof has to stand alone, so it has to be stronger. */
  readonly final: Final["status"];
}

type BackupRequest = Extract<JobRequest, { kind: "backup" }>;
type RestoreRequest = Extract<JobRequest, { kind: "restore" }>;
type PowerRequest = Extract<JobRequest, { kind: "power" }>;

const endedWell = (final: Final["status"]): boolean => final === "ok" || final === "warnings";

/** The part of a volume id after `STORAGE:backup/`: a file name, or `vm/ID/TIME` on a backup server. */
export function volumeName(volid: string): string {
  return volid.slice(volid.indexOf(":backup/") + ":backup/".length);
}

/** The log names a directory storage's archive by its path, a backup server's by its name alone. */
export function isArchive(volid: string, logged: string): boolean {
  const name = volumeName(volid);
  return logged === volid || logged === name || logged.endsWith(`/${name}`);
}

/** Notes are written last of all, so an archive with our trace is whole whatever became of its task. */
export function archiveOfTrace(archives: readonly FoundArchive[], trace: string): FoundArchive | null {
  return archives.find((archive) => archive.notes.includes(trace)) ?? null;
}

export async function proveBackup(
  request: BackupRequest,
  context: ProofContext,
  signal: AbortSignal,
): Promise<Proof> {
  const { guest, storage } = request;
  const archives = await context.server.listArchives({ node: guest.node, storage, vmid: guest.vmid }, signal);
  const { loggedArchive } = context;
  const named =
    endedWell(context.final) && loggedArchive !== null
      ? archives.find((archive) => isArchive(archive.volid, loggedArchive))
      : undefined;
  const found = archiveOfTrace(archives, context.trace) ?? named;
  return found === undefined
    ? { state: "missing" }
    : { state: "proved", archive: found.volid, size: found.size };
}

/** A restore writes the guest's configuration with the lock `create` and takes it off as the last step (PVE::AbstractConfig). */
export async function proveRestore(
  request: RestoreRequest,
  context: ProofContext,
  signal: AbortSignal,
): Promise<Proof> {
  const { guest } = request;
  const now = await context.server.guestState(guest.vmid, signal);
  if (now === null || now.type !== guest.type || now.lock === "create") return { state: "missing" };
  const sameGuest =
    now.node === guest.node && (request.rename === false || guest.name === "" || now.name === guest.name);
  if (!endedWell(context.final) && !sameGuest) return { state: "missing" };
  return { state: "proved", archive: null, size: null };
}

const wantedStatus = { start: "running", reboot: "running", shutdown: "stopped", stop: "stopped" } as const;

export async function provePower(
  request: PowerRequest,
  context: ProofContext,
  signal: AbortSignal,
): Promise<Proof> {
  const now = await context.server.guestState(request.guest.vmid, signal);
  const reached = now !== null && now.status === wantedStatus[request.action];
  return reached ? { state: "proved", archive: null, size: null } : { state: "missing" };
}

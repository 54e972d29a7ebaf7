import type { JobKind, JobRequest } from "../../shared/job.ts";
import type { JobLimits } from "./limits.ts";
import type { Proof, ProofContext } from "./proof.ts";
import { proveBackup, provePower, proveRestore, volumeName } from "./proof.ts";

/** What the first lines of a log say of whose task it is. `unsaid`: not yet. */
export type Judgement = "ours" | "foreign" | "unsaid";

/** All that the engine must know of one kind of job. */
export interface JobRules {
  /** Types that the UPID of its task may have. */
  readonly taskTypes: readonly string[];
  /** Where a lost launch may have left its task. */
  readonly where: "node" | "cluster";
  /** How a lost launch is told from other people's tasks; none: type, guest, owner and time must do. */
  readonly mark: "trace" | "archive" | "none";
  judge(trace: string, head: readonly string[]): Judgement;
  prove(context: ProofContext, signal: AbortSignal): Promise<Proof>;
  patience(limits: JobLimits): number;
}

type RequestOf<K extends JobKind> = Extract<JobRequest, { kind: K }>;

/** vzdump prints its command line, our notes with it, once it has the node's lock; before that nothing tells its owner. */
const commandLine = "starting new backup job: vzdump ";

function judgeBackup(trace: string, head: readonly string[]): Judgement {
  const command = head.find((line) => line.includes(commandLine));
  if (command === undefined) return "unsaid";
  return command.includes(trace) ? "ours" : "foreign";
}

/** Lines that name the archive: qemu-server "restore vma archive", "restore proxmox backup image", pve-container "restoring '…' now..". */
const archiveLines =
  /restore (?:vma archive|proxmox backup image|full)|recovering backed-up configuration|restoring '|extracting archive/u;

function judgeRestore(volid: string, head: readonly string[]): Judgement {
  const telling = head.filter((line) => archiveLines.test(line));
  if (telling.length === 0) return "unsaid";
  return telling.some((line) => line.includes(volumeName(volid))) ? "ours" : "foreign";
}

function powerTypes({ guest, action, ha }: RequestOf<"power">): readonly string[] {
  if (ha && action === "start") return ["hastart"];
  if (ha && (action === "stop" || action === "shutdown")) return ["hastop"];
  return [`${guest.type === "qemu" ? "qm" : "vz"}${action}`];
}

/** One entry per kind: a new kind is a new entry, and the compiler asks for it. */
const kinds = {
  backup: (request) => ({
    taskTypes: ["vzdump"],
    where: "node",
    mark: "trace",
    judge: judgeBackup,
    prove: (context, signal) => proveBackup(request, context, signal),
    patience: (limits) => limits.proofPatience,
  }),
  restore: (request) => ({
    taskTypes: request.guest.type === "qemu" ? ["qmrestore", "qmcreate"] : ["vzrestore", "vzcreate"],
    where: "node",
    mark: "archive",
    judge: (_trace, head) => judgeRestore(request.volid, head),
    prove: (context, signal) => proveRestore(request, context, signal),
    patience: (limits) => limits.proofPatience,
  }),
  power: (request) => ({
    taskTypes: powerTypes(request),
    where: request.ha ? "cluster" : "node",
    mark: "none",
    judge: () => "ours",
    prove: (context, signal) => provePower(request, context, signal),
    patience: (limits) => (request.ha ? limits.haPatience : limits.proofPatience),
  }),
} satisfies { readonly [K in JobKind]: (request: RequestOf<K>) => JobRules };

export function rulesOf(request: JobRequest): JobRules {
  // The record gives each kind the function of its own request: `satisfies` above checks just that.
  return (kinds[request.kind] as (request: JobRequest) => JobRules)(request);
}

import type { ErrorData, ErrorCode, ErrorParams } from "../../shared/errors.ts";
import type { JobState } from "../../shared/job.ts";
import type { Final, Progress } from "../../shared/progress.ts";
import type { Proof } from "./proof.ts";

export interface Conclusion {
  readonly state: Extract<
    JobState,
    "succeeded" | "warnings" | "partial" | "failed" | "cancelled" | "indeterminate"
  >;
  readonly error: ErrorData | null;
}

export interface EndFacts {
  readonly final: Final;
  readonly proof: Proof;
  /** The user asked for it to be stopped and the server took the wish. */
  readonly stopWanted: boolean;
  readonly guests: Progress["guests"];
  /** What the log says of the reason. */
  readonly logError: string | null;
  /** The node whose restart fell into the task's time; null = none seen. */
  readonly restartedNode: string | null;
}

function failure(code: ErrorCode, server: string | null, params: ErrorParams = {}): ErrorData {
  return { code, params, ...(server === null || server === "" ? {} : { server }) };
}

function endedWell({ final, proof }: EndFacts): Conclusion {
  if (proof.state === "missing")
    return { state: "indeterminate", error: failure("job.unproven", final.text) };
  if (proof.state === "mayNotSee") return { state: "warnings", error: failure("job.unproven", final.text) };
  return { state: final.status === "warnings" ? "warnings" : "succeeded", error: null };
}

/** A stopped backup of a container ends with `job errors`, like one that failed (seen on PVE 9.2): with our wish to stop it was that. */
const stoppedText = "job errors";

function failed({ final, guests, logError, stopWanted }: EndFacts): Conclusion {
  if (stopWanted && final.text === stoppedText) return { state: "cancelled", error: null };
  const error = failure("job.failed", logError ?? final.text);
  const someWell = guests.length > 1 && guests.some((guest) => guest.status === "ok");
  return { state: someWell ? "partial" : "failed", error };
}

/** No end is known: `unexpected status`, a log that is gone. Only what is really there can tell, never the silence. */
function unknown({ final, proof, stopWanted, restartedNode }: EndFacts): Conclusion {
  if (proof.state === "proved") return { state: "succeeded", error: null };
  if (stopWanted) return { state: "cancelled", error: null };
  if (restartedNode !== null)
    return { state: "failed", error: failure("job.nodeRestarted", final.text, { node: restartedNode }) };
  return { state: "indeterminate", error: failure("job.lostEnd", final.text) };
}

/** How a job ends whose task has ended. Success needs the server's word and the thing itself. */
export function conclude(facts: EndFacts): Conclusion {
  switch (facts.final.status) {
    case "ok":
    case "warnings":
      return endedWell(facts);
    case "failed":
      return failed(facts);
    case "aborted":
      return { state: "cancelled", error: null };
    case "unknown":
      return unknown(facts);
    default:
      return facts.final.status satisfies never;
  }
}

import type { ErrorCode } from "../../shared/errors.ts";
import { AppError } from "../../shared/errors.ts";
import type { PauseReason } from "../../shared/job.ts";

const reasons: Readonly<Partial<Record<ErrorCode, PauseReason>>> = {
  "cluster.needsLogin": "needsLogin",
  "vault.locked": "needsLogin",
  "vault.missing": "needsLogin",
  "vault.unavailable": "needsLogin",
  "vault.damaged": "needsLogin",
  "server.wrongCredentials": "needsLogin",
  "server.tokenRefused": "needsLogin",
  "server.secondFactorRequired": "needsLogin",
  "server.secondFactorWrong": "needsLogin",
  "server.secondFactorUnsupported": "needsLogin",
  "server.challengeExpired": "needsLogin",
  "server.sessionExpired": "needsLogin",
  "server.tooManyLogins": "needsLogin",
  "cluster.frozen": "certificateChanged",
  "server.certificateChanged": "certificateChanged",
  "server.certificateUntrusted": "certificateChanged",
  "server.certificateInvalid": "certificateChanged",
  "server.forbidden": "taskNotVisible",
  "server.tooFewRights": "taskNotVisible",
  "server.notFound": "taskNotVisible",
  "server.unavailable": "serverBusy",
  "server.noQuorum": "serverBusy",
  "server.error": "serverBusy",
  "server.badAnswer": "serverBusy",
  "server.tooLarge": "serverBusy",
};

/** Why a running task cannot be asked now. Whatever else it is, the task goes on without us: offline. */
export function pauseReasonOf(error: unknown): PauseReason {
  if (!(error instanceof AppError)) return "serverBusy";
  return reasons[error.code] ?? "offline";
}

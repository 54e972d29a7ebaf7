import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";

import { isOpen } from "../shared/job.ts";
import { en } from "../shared/messages/en.ts";

import type { ErrorData } from "../shared/errors.ts";
import type { Job, JobState } from "../shared/job.ts";
import type { MessageId } from "../shared/messages/en.ts";
import type { Settings } from "../shared/settings.ts";
import type { Host, Notice } from "./host.ts";
import type { Hub } from "./hub.ts";

export interface NotifierOptions {
  readonly hub: Hub;
  readonly host: Pick<Host, "notify">;
  readonly settings: () => Pick<Settings, "notifications">;
  /** Jobs that are open now: only of these an end is news. */
  readonly openJobs: Iterable<string>;
}

/** Tells the user once when a job has ended, also one that ended while the app was away. Returns the undo. */
export function startNotifier({ hub, host, settings, openJobs }: NotifierOptions): () => void {
  const watched = new Set(openJobs);
  return hub.listen((event, _key, payload) => {
    if (event !== "jobs.changed") return;
    for (const job of (payload as { readonly changed: readonly Job[] }).changed) {
      if (isOpen(job.state)) {
        watched.add(job.id);
        continue;
      }
      if (!watched.delete(job.id) || !settings().notifications) continue;
      host.notify(noticeOf(job));
    }
  });
}

type EndState = Exclude<JobState, "accepted" | "dispatching" | "unconfirmed" | "running" | "cancelling">;

const ends = {
  succeeded: { title: "notice.job.succeeded", severity: "good" },
  warnings: { title: "notice.job.warnings", severity: "attention" },
  partial: { title: "notice.job.partial", severity: "bad" },
  failed: { title: "notice.job.failed", severity: "bad" },
  cancelled: { title: "notice.job.cancelled", severity: "attention" },
  rejected: { title: "notice.job.rejected", severity: "bad" },
  notStarted: { title: "notice.job.notStarted", severity: "bad" },
  indeterminate: { title: "notice.job.indeterminate", severity: "attention" },
} as const satisfies Record<EndState, { title: MessageId; severity: Notice["severity"] }>;

const i18n = setupI18n({ locale: "en", messages: { en: { ...en } } }).setMessagesCompiler(compileMessage);

export function noticeOf(job: Job): Notice {
  const { guest } = job.request;
  const end = ends[job.state as EndState];
  const title = i18n._(end.title, { kind: job.request.kind, guest: `${guest.name} (${String(guest.vmid)})` });
  const place = i18n._("notice.job.place" satisfies MessageId, {
    cluster: job.clusterName,
    node: guest.node,
  });
  return {
    title,
    body: job.error === null ? place : `${place}\n${errorSentence(job.error)}`,
    severity: end.severity,
  };
}

/** A server shows another certificate than the trusted one: its polls and jobs wait for a person. */
export function certificateNotice(cluster: string, address: string): Notice {
  const error = { code: "server.certificateChanged", params: { address } } as const;
  return {
    title: i18n._("notice.certificate" satisfies MessageId, { cluster }),
    body: errorSentence(error),
    severity: "bad",
  };
}

function errorSentence(error: ErrorData): string {
  const id: MessageId = `error.${error.code}`;
  return i18n._(id, error.params);
}

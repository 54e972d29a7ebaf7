import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleX,
  CloudOff,
  Hourglass,
  KeyRound,
  LoaderCircle,
  Play,
  ShieldAlert,
  Square,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";

import { displayText } from "../../shared/display-text.ts";
import { clusterTone } from "./cluster-tone.ts";
import { StatusMark, type Tone } from "./status-mark.tsx";
import { t } from "./text.ts";

import type { ClusterStatus } from "../../shared/cluster.ts";
import type { FollowedTask } from "../../shared/followed-task.ts";
import type { JobState } from "../../shared/job.ts";

interface Look {
  readonly tone: Tone;
  readonly icon: LucideIcon;
}

const clusterIcons: Readonly<Record<ClusterStatus, LucideIcon>> = {
  connecting: CircleDashed,
  online: CircleCheck,
  degraded: TriangleAlert,
  offline: CloudOff,
  needsLogin: KeyRound,
  certificateChanged: ShieldAlert,
};

export function ClusterStatusMark({ status }: { readonly status: ClusterStatus }) {
  return (
    <StatusMark tone={clusterTone(status)} icon={clusterIcons[status]}>
      {t(`status.cluster.${status}`)}
    </StatusMark>
  );
}

const jobLooks: Readonly<Record<JobState, Look>> = {
  accepted: { tone: "quiet", icon: Hourglass },
  dispatching: { tone: "running", icon: LoaderCircle },
  unconfirmed: { tone: "unknown", icon: CircleHelp },
  running: { tone: "running", icon: Play },
  cancelling: { tone: "attention", icon: CirclePause },
  succeeded: { tone: "good", icon: CircleCheck },
  warnings: { tone: "attention", icon: TriangleAlert },
  partial: { tone: "attention", icon: TriangleAlert },
  failed: { tone: "bad", icon: CircleX },
  cancelled: { tone: "quiet", icon: Ban },
  rejected: { tone: "bad", icon: CircleX },
  notStarted: { tone: "quiet", icon: CircleDashed },
  indeterminate: { tone: "unknown", icon: CircleHelp },
};

export function jobTone(state: JobState): Tone {
  return jobLooks[state].tone;
}

export function JobStateMark({ state }: { readonly state: JobState }) {
  return <StatusMark {...jobLooks[state]}>{t(`status.job.${state}`)}</StatusMark>;
}

const taskLooks: Readonly<Record<FollowedTask["state"], Look>> = {
  running: { tone: "running", icon: Play },
  ok: { tone: "good", icon: CircleCheck },
  warnings: { tone: "attention", icon: TriangleAlert },
  failed: { tone: "bad", icon: CircleX },
  aborted: { tone: "quiet", icon: Ban },
  unknown: { tone: "unknown", icon: CircleHelp },
  gone: { tone: "unknown", icon: CircleDashed },
  hidden: { tone: "unknown", icon: KeyRound },
};

export function TaskStateMark({ state }: { readonly state: FollowedTask["state"] }) {
  return <StatusMark {...taskLooks[state]}>{t(`status.task.${state}`)}</StatusMark>;
}

/** A guest's power state. A word of the server that we do not know is shown as it is. */
export function GuestStatusMark({ status, stale }: { readonly status: string; readonly stale?: boolean }) {
  const look = guestLook(status);
  return (
    <StatusMark {...(stale === true ? { ...look, tone: "unknown" as const } : look)}>
      {guestWord(status)}
    </StatusMark>
  );
}

function guestLook(status: string): Look {
  if (status === "running") return { tone: "good", icon: Play };
  if (status === "stopped") return { tone: "quiet", icon: Square };
  if (status === "paused" || status === "suspended") return { tone: "attention", icon: CirclePause };
  return { tone: "unknown", icon: CircleHelp };
}

function guestWord(status: string): string {
  if (status === "running" || status === "stopped" || status === "paused" || status === "suspended") {
    return t(`status.guest.${status}`);
  }
  return status === "unknown" ? t("ui.unknown") : displayText(status, 32);
}

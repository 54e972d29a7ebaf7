import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { Moment } from "../../ui/age.tsx";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Bytes, Duration } from "../../ui/figures.tsx";
import { guestPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { guestText } from "./job-words.ts";

import type { Job, JobRequest } from "../../../shared/job.ts";

/** What was asked for and what is known of it. `guestKnown`: the guest is there now, so that its page can be opened. */
export function JobFacts({ job, guestKnown }: { readonly job: Job; readonly guestKnown: boolean }) {
  const { guest } = job.request;
  const name = guestText(guest);
  const facts: readonly Fact[] = [
    { label: t("job.fact.cluster"), value: displayText(job.clusterName) },
    {
      label: t("job.fact.guest"),
      value: guestKnown ? (
        <Link href={guestPath({ clusterId: job.clusterId, node: guest.node, vmid: guest.vmid })}>{name}</Link>
      ) : (
        name
      ),
    },
    { label: t("job.fact.node"), value: displayText(guest.node) },
    ...requestFacts(job.request),
    { label: t("job.fact.created"), value: <Moment at={job.createdAt} /> },
    ...endFacts(job),
    { label: t("job.fact.trace"), value: <code>{job.trace}</code> },
  ];
  return <Facts facts={facts} />;
}

function requestFacts(request: JobRequest): readonly Fact[] {
  switch (request.kind) {
    case "backup":
      return [
        { label: t("job.fact.storage"), value: displayText(request.storage) },
        { label: t("job.fact.mode"), value: t(`backup.mode.${request.mode}`) },
        { label: t("job.fact.compress"), value: t(`backup.compress.${request.compress}`) },
        ...(request.note === "" ? [] : [{ label: t("job.fact.note"), value: displayText(request.note) }]),
        ...(request.protect ? [{ label: t("job.fact.protect"), value: t("guests.value.yes") }] : []),
        ...(request.keepAll ? [{ label: t("job.fact.keepAll"), value: t("job.fact.keepAllLifted") }] : []),
      ];
    case "restore":
      return [
        { label: t("job.fact.source"), value: <code>{displayText(request.volid)}</code> },
        {
          label: t("job.fact.sourceGuest"),
          value: request.sourceVmid === null ? t("ui.unknown") : String(request.sourceVmid),
        },
        {
          label: t("job.fact.target"),
          value: displayText(request.targetStorage ?? t("job.fact.targetAsBackup")),
        },
        { label: t("job.fact.unique"), value: t(request.unique ? "guests.value.yes" : "guests.value.no") },
        { label: t("job.fact.start"), value: t(request.start ? "guests.value.yes" : "guests.value.no") },
      ];
    case "power":
      return [];
    default:
      return request satisfies never;
  }
}

function endFacts(job: Job): readonly Fact[] {
  const task = job.tasks.at(-1);
  return [
    ...(job.endedAt === null
      ? []
      : [
          { label: t("job.fact.ended"), value: <Moment at={job.endedAt} /> },
          { label: t("job.fact.duration"), value: <Duration seconds={job.durationSeconds} /> },
        ]),
    ...(job.size === null ? [] : [{ label: t("job.fact.size"), value: <Bytes value={job.size} /> }]),
    ...(job.archive === null
      ? []
      : [{ label: t("job.fact.archive"), value: <code>{displayText(job.archive)}</code> }]),
    ...(task === undefined
      ? []
      : [{ label: t("job.fact.task"), value: <code>{displayText(task.upid)}</code> }]),
    ...(task?.exitStatus === undefined || task.exitStatus === null || task.exitStatus === ""
      ? []
      : [{ label: t("job.fact.exit"), value: <code>{displayText(task.exitStatus, 500)}</code> }]),
  ];
}

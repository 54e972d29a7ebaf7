import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { Moment } from "../../ui/age.tsx";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Bytes, Duration } from "../../ui/figures.tsx";
import { guestPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import classes from "./job-page.module.css";
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
  ];
  return (
    <>
      <Facts facts={facts} />
      <dl>
        {longFacts(job).map((fact) => (
          <div key={fact.label} className={classes.longFact}>
            <dt className={classes.figureLabel}>{fact.label}</dt>
            <dd>
              <code>{displayText(fact.value, 600)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function requestFacts(request: JobRequest): readonly Fact[] {
  switch (request.kind) {
    case "backup":
      return [
        { label: t("job.fact.storage"), value: displayText(request.storage) },
        { label: t("job.fact.mode"), value: t(`backup.mode.${request.mode}`) },
        // A backup server compresses by itself; nothing is said of it then.
        ...(request.compress === "0"
          ? []
          : [{ label: t("job.fact.compress"), value: t(`backup.compress.${request.compress}`) }]),
        ...(request.note === "" ? [] : [{ label: t("job.fact.note"), value: displayText(request.note) }]),
        ...(request.protect ? [{ label: t("job.fact.protect"), value: t("guests.value.yes") }] : []),
        ...(request.keepAll ? [{ label: t("job.fact.keepAll"), value: t("job.fact.keepAllLifted") }] : []),
      ];
    case "restore":
      return [
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
  return [
    ...(job.endedAt === null
      ? []
      : [
          { label: t("job.fact.ended"), value: <Moment at={job.endedAt} /> },
          { label: t("job.fact.duration"), value: <Duration seconds={job.durationSeconds} /> },
        ]),
    ...(job.size === null ? [] : [{ label: t("job.fact.size"), value: <Bytes value={job.size} /> }]),
  ];
}

/** The server's own names for things: too long to stand beside a label. */
function longFacts(job: Job): readonly { readonly label: string; readonly value: string }[] {
  const task = job.tasks.at(-1);
  const all = [
    { label: t("job.fact.source"), value: job.request.kind === "restore" ? job.request.volid : null },
    { label: t("job.fact.archive"), value: job.archive },
    { label: t("job.fact.exit"), value: task?.exitStatus ?? null },
    { label: t("job.fact.task"), value: task?.upid ?? null },
    { label: t("job.fact.trace"), value: job.trace },
  ];
  return all.flatMap(({ label, value }) => (value === null || value === "" ? [] : [{ label, value }]));
}

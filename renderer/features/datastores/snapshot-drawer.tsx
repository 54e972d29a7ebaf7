import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { snapshotText, type Snapshot } from "../../../shared/snapshot.ts";
import { asAppError, useApi, useOperation } from "../../api.ts";
import { useClusters } from "../../stores/stores.ts";
import { Age, Moment } from "../../ui/age.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Bytes, NotSaid } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { taskPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { NotesDialog } from "./notes-dialog.tsx";
import { placeText } from "./place-list.tsx";
import { groupName } from "./snapshot-columns.tsx";
import classes from "./snapshots.module.css";
import { usePlacesIn } from "./use-places.ts";
import { VerifyButton, type Outcome } from "./task-button.tsx";
import { useForgetSnapshots, useSnapshots } from "./use-snapshots.ts";

import type { OpenedSnapshot } from "./datastore-backups.tsx";

/** One snapshot beside the lists: all that the server says of it, its files, and what can be done with it. */
export function SnapshotDrawer({
  opened,
  onOutcome,
  onClose,
}: {
  readonly opened: OpenedSnapshot;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly onClose: () => void;
}) {
  const { place, rights } = opened;
  const snapshot = useNewest(opened);
  const notes = useNotes(opened);
  const [editing, setEditing] = useState(false);
  const places = usePlacesIn(place);
  const clusters = useClusters((set) => set.byKey);
  const group = { type: snapshot.type, id: snapshot.id };
  return (
    <Drawer
      title={groupName(snapshot)}
      subtitle={<Moment at={snapshot.time} />}
      width={460}
      onClose={onClose}
    >
      <div className={classes.actions}>
        <ProtectButton opened={{ ...opened, snapshot }} />
        <Button
          disabled={rights.edit === "none" || notes.data === undefined}
          title={rights.edit === "none" ? t("snapshots.needs.edit") : undefined}
          onClick={() => setEditing(true)}
        >
          {t("snapshots.editNotes")}
        </Button>
        <VerifyButton
          place={place}
          group={group}
          time={snapshot.time}
          reach={rights.verify}
          label={t("snapshots.verify")}
          onOutcome={onOutcome}
        />
      </div>
      <Facts
        facts={[
          { label: t("snapshots.column.age"), value: <Age at={snapshot.time} /> },
          { label: t("snapshots.column.size"), value: <Bytes value={snapshot.size} /> },
          {
            label: t("snapshots.fact.verification"),
            value: <Verification clusterId={place.clusterId} snapshot={snapshot} />,
          },
          {
            label: t("snapshots.fact.protected"),
            value: t(snapshot.protected ? "guests.value.yes" : "guests.value.no"),
          },
          {
            label: t("snapshots.fact.encryption"),
            value: snapshot.crypt === null ? <NotSaid /> : t(`snapshots.crypt.${snapshot.crypt}`),
          },
          ...(snapshot.keyFingerprint === null
            ? []
            : [
                {
                  label: t("snapshots.fact.key"),
                  value: <code>{displayText(snapshot.keyFingerprint, 128)}</code>,
                },
              ]),
          {
            label: t("snapshots.column.owner"),
            value: snapshot.owner === null ? <NotSaid /> : displayText(snapshot.owner, 192),
          },
          ...(snapshot.unfinished
            ? [{ label: t("snapshots.column.state"), value: t("snapshots.unfinished.why") }]
            : []),
          ...(places === null || places.length === 0
            ? []
            : [
                {
                  label: t("places.seenAs"),
                  value: places
                    .map((one) => placeText(one, clusters.get(one.clusterId)?.name ?? one.clusterId))
                    .join(", "),
                },
              ]),
          { label: t("snapshots.fact.name"), value: <code>{displayText(snapshotText(snapshot), 256)}</code> },
        ]}
      />
      <div className={classes.sections}>
        <Section title={t("snapshots.column.notes")}>
          {notes.error === null ? (
            <p className={classes.notes}>
              {notes.data?.notes.trim() === ""
                ? t("snapshots.noNotes")
                : displayText(notes.data?.notes ?? "", 4000)}
            </p>
          ) : (
            <ErrorPanel error={asAppError(notes.error)} tone="attention" />
          )}
        </Section>
        <Section title={t("snapshots.files")} aside={snapshot.files.length}>
          <SnapshotFiles snapshot={snapshot} />
        </Section>
      </div>
      {editing && notes.data !== undefined ? (
        <NotesDialog
          place={{ ...place, group, time: snapshot.time }}
          notes={notes.data.notes}
          onClose={() => setEditing(false)}
        />
      ) : null}
    </Drawer>
  );
}

/** The snapshot as the list has it now; kept where it is not listed any more. */
function useNewest({ place, snapshot }: OpenedSnapshot): Snapshot {
  const { data } = useSnapshots({ ...place, group: { type: snapshot.type, id: snapshot.id } });
  return data?.rows.find(({ time }) => time === snapshot.time) ?? snapshot;
}

function useNotes({ place, snapshot }: OpenedSnapshot) {
  const api = useApi();
  const { clusterId, store, namespace } = place;
  const { type, id, time } = snapshot;
  return useQuery({
    queryKey: ["datastores.notes", clusterId, store, namespace, type, id, time],
    queryFn: ({ signal }) =>
      api.call("datastores.notes", { clusterId, store, namespace, group: { type, id }, time }, signal),
  });
}

/** The result, and the task that found it. */
function Verification({ clusterId, snapshot }: { readonly clusterId: string; readonly snapshot: Snapshot }) {
  const { state, upid } = snapshot.verification;
  const text = t(`snapshots.verify.${state}`);
  return upid === null ? text : <Link href={taskPath({ clusterId, upid })}>{text}</Link>;
}

function ProtectButton({ opened: { place, snapshot, rights } }: { readonly opened: OpenedSnapshot }) {
  const protect = useOperation("datastores.protect");
  const forget = useForgetSnapshots(place);
  const { type, id, time } = snapshot;
  const run = async () => {
    const wish = { ...place, group: { type, id }, time, protected: !snapshot.protected };
    await protect.run(wish);
    forget();
  };
  return (
    <>
      <Button
        loading={protect.pending}
        disabled={rights.edit === "none"}
        title={rights.edit === "none" ? t("snapshots.needs.edit") : undefined}
        onClick={() => void run()}
      >
        {t(snapshot.protected ? "snapshots.unprotect" : "snapshots.protect")}
      </Button>
      {protect.error === null ? null : <ErrorPanel error={protect.error} />}
    </>
  );
}

function SnapshotFiles({ snapshot }: { readonly snapshot: Snapshot }) {
  return (
    <table className={classes.files}>
      <thead>
        <tr>
          <th scope="col">{t("snapshots.file")}</th>
          <th scope="col" data-align="end">
            {t("snapshots.fact.encryption")}
          </th>
          <th scope="col" data-align="end">
            {t("snapshots.column.size")}
          </th>
        </tr>
      </thead>
      <tbody>
        {snapshot.files.map((file) => (
          <tr key={file.name}>
            <td>{displayText(file.name, 256)}</td>
            <td data-align="end">{file.crypt === null ? <NotSaid /> : t(`snapshots.crypt.${file.crypt}`)}</td>
            <td data-align="end">
              <Bytes value={file.size} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { Button, Select } from "@mantine/core";
import { useMemo, useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { groupText, snapshotText, type Snapshot, type SnapshotGroup } from "../../../shared/snapshot.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { t } from "../../ui/text.ts";
import { PruneDialog, type PruneDialogProps } from "./prune-dialog.tsx";
import { ReadLine } from "./read-line.tsx";
import { groupColumns, groupName, snapshotColumns } from "./snapshot-columns.tsx";
import classes from "./snapshots.module.css";
import { VerifyButton, type Outcome } from "./task-button.tsx";
import { useGroups, useNamespaces, useSnapshots, type Place } from "./use-snapshots.ts";

import type { Datastore, DatastoreRights, Reach } from "../../../shared/datastore.ts";

export interface OpenedSnapshot {
  readonly place: Place;
  readonly snapshot: Snapshot;
  readonly rights: DatastoreRights;
}

/** Groups of a namespace, beside them the snapshots of the chosen one: never more than one group is read. */
export function DatastoreBackups({
  datastore,
  opened,
  onOpen,
  onOutcome,
}: {
  readonly datastore: Datastore;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly opened: OpenedSnapshot | null;
  readonly onOpen: (opened: OpenedSnapshot) => void;
}) {
  const { clusterId, store } = datastore;
  const [namespace, setNamespace] = useState("");
  const [chosen, setChosen] = useState<SnapshotGroup | null>(null);
  const [sort, setSort] = useState({ column: "id", descending: false });
  const columns = useMemo(() => groupColumns(), []);
  const place = { clusterId, store, namespace };
  const groups = useGroups(place);
  const rows = useMemo(() => [...(groups.data?.rows ?? [])], [groups.data]);
  return (
    <div className={classes.split}>
      <section className={classes.groups} aria-label={t("snapshots.groups")}>
        <div className={classes.head}>
          <h2>{t("snapshots.groups")}</h2>
          <NamespaceChoice
            datastore={datastore}
            value={namespace}
            onChange={(next) => {
              setNamespace(next);
              setChosen(null);
            }}
          />
          <div className={classes.headEnd}>
            <ReadLine
              seenAt={groups.data?.seenAt ?? null}
              reading={groups.reading}
              onReload={groups.reload}
            />
          </div>
        </div>
        {groups.data === null ? null : (
          <div className={classes.wide}>
            <VerifyButton
              place={place}
              group={null}
              time={null}
              reach={groups.data.rights.verify}
              label={t("snapshots.verifyAll")}
              onOutcome={onOutcome}
            />
            <PruneButton place={place} group={null} reach={groups.data.rights.prune} onOutcome={onOutcome} />
          </div>
        )}
        <Gaps own={groups.data?.rights.see === "own"} bad={groups.data?.bad ?? 0} />
        <DataTable
          label={t("snapshots.groups")}
          columns={columns}
          rows={rows}
          rowKey={groupText}
          onOpen={setChosen}
          selectedKey={chosen === null ? null : groupText(chosen)}
          sort={sort}
          onSort={setSort}
          phase={groups.phase}
          error={groups.error}
          onRetry={groups.reload}
          empty={<NoGroups rights={groups.data?.rights ?? null} />}
        />
      </section>
      <section className={classes.snapshots} aria-label={t("snapshots.title")}>
        {chosen === null || groups.data === null ? (
          <EmptyState title={t("snapshots.choose")} />
        ) : (
          <Snapshots
            key={`${namespace} ${groupText(chosen)}`}
            place={place}
            group={chosen}
            rights={groups.data.rights}
            onOutcome={onOutcome}
            openKey={opened === null ? null : snapshotText(opened.snapshot)}
            onOpen={(snapshot) => {
              if (groups.data !== null) onOpen({ place, snapshot, rights: groups.data.rights });
            }}
          />
        )}
      </section>
    </div>
  );
}

/** An empty list says what it is empty of: nothing there, or nothing that this account may see. */
function NoGroups({ rights }: { readonly rights: DatastoreRights | null }) {
  if (rights === null || rights.see === "all") return <EmptyState title={t("snapshots.noGroups")} />;
  return (
    <EmptyState title={t(rights.see === "own" ? "snapshots.noOwnGroups" : "snapshots.mayNotSee")}>
      {t("snapshots.mayNotSee.text")}
    </EmptyState>
  );
}

/** What a list leaves out must be said. */
function Gaps({ own, bad }: { readonly own: boolean; readonly bad: number }) {
  if (!own && bad === 0) return null;
  return (
    <p className={classes.note}>
      {own ? t("snapshots.ownOnly") : null} {bad === 0 ? null : t("snapshots.bad", { count: bad })}
    </p>
  );
}

function PruneButton({
  place,
  group,
  reach,
  onOutcome,
}: Pick<PruneDialogProps, "place" | "group"> & {
  readonly reach: Reach;
  readonly onOutcome: (outcome: Outcome) => void;
}) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        disabled={reach === "none"}
        title={reach === "none" ? t("datastores.needs.prune") : undefined}
        onClick={() => setOpened(true)}
      >
        {t(group === null ? "snapshots.pruneAll" : "snapshots.prune")}
      </Button>
      {opened ? (
        <PruneDialog
          place={place}
          group={group}
          onClose={() => setOpened(false)}
          onStarted={(upid) => {
            setOpened(false);
            onOutcome({ upid });
          }}
        />
      ) : null}
    </>
  );
}

function NamespaceChoice({
  datastore,
  value,
  onChange,
}: {
  readonly datastore: Datastore;
  readonly value: string;
  readonly onChange: (namespace: string) => void;
}) {
  const { data } = useNamespaces(datastore);
  const below = (data?.rows ?? []).filter(({ namespace }) => namespace !== "");
  if (below.length === 0) return null;
  return (
    <Select
      w={156}
      miw={0}
      aria-label={t("snapshots.namespace")}
      data={[
        { value: "", label: t("snapshots.rootNamespace") },
        ...below.map(({ namespace }) => ({ value: namespace, label: displayText(namespace, 256) })),
      ]}
      value={value}
      onChange={(next) => onChange(next ?? "")}
    />
  );
}

function Snapshots({
  place,
  group,
  rights,
  openKey,
  onOpen,
  onOutcome,
}: {
  readonly place: Place;
  readonly group: SnapshotGroup;
  readonly rights: DatastoreRights;
  readonly onOutcome: (outcome: Outcome) => void;
  readonly openKey: string | null;
  readonly onOpen: (snapshot: Snapshot) => void;
}) {
  const [sort, setSort] = useState({ column: "time", descending: true });
  const columns = useMemo(() => snapshotColumns(), []);
  const ref = { type: group.type, id: group.id };
  const list = useSnapshots({ ...place, group: ref });
  const rows = useMemo(() => [...(list.data?.rows ?? [])], [list.data]);
  return (
    <>
      <div className={classes.head}>
        <h2>{t("snapshots.of", { group: groupName(group) })}</h2>
        <div className={classes.headEnd}>
          <ReadLine seenAt={list.data?.seenAt ?? null} reading={list.reading} onReload={list.reload} />
        </div>
      </div>
      <div className={classes.wide}>
        <VerifyButton
          place={place}
          group={ref}
          time={null}
          reach={rights.verify}
          label={t("snapshots.verifyGroup")}
          onOutcome={onOutcome}
        />
        <PruneButton place={place} group={ref} reach={rights.prune} onOutcome={onOutcome} />
      </div>
      <Gaps own={false} bad={list.data?.bad ?? 0} />
      <DataTable
        label={t("snapshots.of", { group: groupName(group) })}
        columns={columns}
        rows={rows}
        rowKey={snapshotText}
        onOpen={onOpen}
        selectedKey={openKey}
        sort={sort}
        onSort={setSort}
        phase={list.phase}
        error={list.error}
        onRetry={list.reload}
        empty={t("snapshots.none")}
      />
    </>
  );
}

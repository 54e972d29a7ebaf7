import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { CircleCheck, CircleHelp, CircleX, LoaderCircle } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { toErrorData } from "../../../shared/errors.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { StatusMark } from "../../ui/status-mark.tsx";
import { errorText, t } from "../../ui/text.ts";
import { CertificateFacts } from "./certificate-facts.tsx";
import { addressText, clusterName } from "./cluster-words.ts";
import classes from "./clusters.module.css";
import { Fingerprint } from "./fingerprint.tsx";
import { isUsable, mustLook, type LookedAt, type NodeRow } from "./node-rows.ts";
import { CompareHint } from "./trust-panel.tsx";
import { useOtherNodes, type OtherNodesState } from "./use-other-nodes.ts";

import type { Cluster } from "../../../shared/cluster.ts";

export interface OtherNodesProps {
  readonly cluster: Cluster;
  readonly onDone: () => void;
  /** The word for going on without: "Not now". */
  readonly later: string;
}

/** Offers the further nodes for the day on which the first one is down. Nothing is connected to before it is ticked. */
export function OtherNodes({ cluster, onDone, later }: OtherNodesProps) {
  const state = useOtherNodes(cluster);
  const { rows } = state;
  if (rows === null) {
    return (
      <Stack gap={12}>
        {state.error === null ? (
          <p className={classes.dim}>{t("clusters.nodes.asking")}</p>
        ) : (
          <ErrorPanel error={state.error} />
        )}
        <Group justify="flex-end">
          <Button onClick={onDone}>{later}</Button>
        </Group>
      </Stack>
    );
  }
  const usable = rows.filter(isUsable).length;
  const toLook = rows.filter(mustLook).length;
  const busy = rows.some(({ looking }) => looking);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (toLook > 0) state.look();
        else void state.save().then((saved) => (saved === null ? undefined : onDone()));
      }}
    >
      <Stack gap={12}>
        <p>
          {rows.length === 0
            ? t("clusters.nodes.allThere")
            : t("clusters.nodes.text", { name: clusterName(cluster), address: addressText(cluster) })}
        </p>
        <ul className={classes.nodeList}>
          {rows.map((row) => (
            <NodeChoice key={row.node} row={row} state={state} kind={cluster.kind} />
          ))}
        </ul>
        {state.error === null ? null : <ErrorPanel error={state.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onDone}>{later}</Button>
          {rows.length === 0 ? null : (
            <Button
              type="submit"
              variant="filled"
              loading={busy || state.saving}
              disabled={toLook === 0 && usable === 0}
            >
              {toLook > 0
                ? t("clusters.nodes.look", { count: toLook })
                : t("clusters.nodes.use", { count: usable })}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface NodeChoiceProps {
  readonly row: NodeRow;
  readonly state: OtherNodesState;
  readonly kind: Cluster["kind"];
}

function NodeChoice({ row, state, kind }: NodeChoiceProps) {
  const name = displayText(row.node, 63);
  return (
    <li className={classes.nodeChoice}>
      <Checkbox
        checked={row.ticked}
        onChange={(event) => state.tick(row.node, event.currentTarget.checked)}
        label={name}
      />
      <TextInput
        aria-label={t("clusters.nodes.address", { node: name })}
        placeholder={t("clusters.form.address.example")}
        value={row.address}
        spellCheck={false}
        autoComplete="off"
        error={row.error === null ? null : errorText(toErrorData(row.error))}
        onChange={(event) => state.setAddress(row.node, event.currentTarget.value)}
      />
      <div className={classes.nodeState}>
        <NodeState row={row} />
      </div>
      {row.ticked && row.result !== null && row.result.match !== "same" ? (
        <OwnLook
          result={row.result}
          kind={kind}
          compared={row.compared}
          onCompared={(compared) => state.setCompared(row.node, compared)}
        />
      ) : null}
    </li>
  );
}

function NodeState({ row }: { readonly row: NodeRow }) {
  if (row.looking) {
    return (
      <StatusMark tone="running" icon={LoaderCircle}>
        {t("clusters.nodes.looking")}
      </StatusMark>
    );
  }
  if (row.result === null) {
    return row.online ? null : (
      <StatusMark tone="unknown" icon={CircleHelp}>
        {t("clusters.nodes.offline")}
      </StatusMark>
    );
  }
  switch (row.result.match) {
    case "same":
      return (
        <StatusMark tone="good" icon={CircleCheck}>
          {t("clusters.nodes.same")}
        </StatusMark>
      );
    case "other":
      return (
        <StatusMark tone="bad" icon={CircleX}>
          {t("clusters.nodes.other")}
        </StatusMark>
      );
    case "unknown":
      return (
        <StatusMark tone="unknown" icon={CircleHelp}>
          {t("clusters.nodes.unknown")}
        </StatusMark>
      );
    default:
      return row.result.match satisfies never;
  }
}

/** A certificate that the cluster's word does not cover: what it says, what is shown, and a person's own look. */
function OwnLook({
  result,
  kind,
  compared,
  onCompared,
}: {
  readonly result: LookedAt;
  readonly kind: Cluster["kind"];
  readonly compared: boolean;
  readonly onCompared: (compared: boolean) => void;
}) {
  return (
    <div className={classes.ownLook}>
      {result.expected.map((fingerprint) => (
        <div key={fingerprint}>
          <p className={classes.sideTitle}>{t("clusters.nodes.expected")}</p>
          <Fingerprint value={fingerprint} />
        </div>
      ))}
      <p className={classes.sideTitle}>{t("clusters.nodes.shown")}</p>
      <CertificateFacts certificate={result.certificate} />
      <CompareHint kind={kind} />
      <Checkbox
        checked={compared}
        onChange={(event) => onCompared(event.currentTarget.checked)}
        label={t("clusters.trust.compared")}
      />
    </div>
  );
}

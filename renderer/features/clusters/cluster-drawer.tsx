import { ActionIcon, Button, Group, Menu, Stack } from "@mantine/core";
import { CircleCheck, CircleX, Ellipsis, ExternalLink, KeyRound, ListChecks, Unplug } from "lucide-react";
import { Link } from "wouter";

import { formatShare } from "../../../shared/format.ts";
import { displayText } from "../../../shared/display-text.ts";
import { useOperation } from "../../api.ts";
import { Age, Moment } from "../../ui/age.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Bytes, Duration, NotSaid } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { StatusMark } from "../../ui/status-mark.tsx";
import { backupServerPath, rightsPath } from "../../ui/paths.ts";
import { durationText, locale, t } from "../../ui/text.ts";
import { DrawerDatastores } from "../datastores/drawer-datastores.tsx";
import { AddressList } from "./address-list.tsx";
import { CheckButton, ClusterProblem } from "./cluster-problem.tsx";
import { answers } from "./cluster-order.ts";
import { clusterName, loginText, proxyText, productText } from "./cluster-words.ts";
import classes from "./clusters.module.css";
import { NewerServer } from "./newer-server.tsx";
import { gapsOf, MayNotSee } from "./may-not-see.tsx";
import { RightsLine } from "./rights-line.tsx";

import type { Cluster, ClusterNode } from "../../../shared/cluster.ts";

export interface ClusterDrawerProps {
  readonly cluster: Cluster;
  readonly width: number;
  readonly onWidth: (width: number) => void;
  readonly onClose: () => void;
  readonly onLogin: (cluster: Cluster) => void;
  readonly onEdit: (cluster: Cluster) => void;
  readonly onToken: (cluster: Cluster) => void;
  readonly onDeregister: (cluster: Cluster) => void;
}

/** One registered cluster: what is wrong first, then all that is known of it. */
export function ClusterDrawer({ cluster, ...props }: ClusterDrawerProps) {
  return (
    <Drawer
      title={clusterName(cluster)}
      subtitle={<ClusterStatusMark status={cluster.status} />}
      onClose={props.onClose}
      width={props.width}
      onWidth={props.onWidth}
    >
      <Stack gap={16}>
        <ClusterProblem cluster={cluster} onLogin={props.onLogin} />
        <NewerServer clusterId={cluster.id} />
        <Group gap={8}>
          {cluster.kind === "pbs" ? (
            <Button component={Link} href={backupServerPath(cluster.id)} variant="filled">
              {t("servers.openDatastores")}
            </Button>
          ) : null}
          <CheckButton cluster={cluster} />
          <Button onClick={() => props.onEdit(cluster)}>{t("clusters.edit")}</Button>
          {cluster.status === "needsLogin" ? null : (
            <Button onClick={() => props.onLogin(cluster)}>{t("clusters.login.again")}</Button>
          )}
          <MoreMenu cluster={cluster} onDeregister={props.onDeregister} onToken={props.onToken} />
        </Group>
        <RightsLine cluster={cluster} />
        <div>
          <Section title={t("clusters.section.server")}>
            <ClusterFacts cluster={cluster} />
          </Section>
          <Section
            title={t(cluster.kind === "pve" ? "clusters.section.nodes" : "servers.section.datastores")}
            aside={answers(cluster.status) ? null : <AsOf at={cluster.lastAnswerAt} />}
          >
            {cluster.kind === "pve" ? (
              <>
                <MayNotSee gaps={gapsOf([cluster], "nodes")} />
                <ClusterNodes nodes={cluster.nodes} known={answers(cluster.status)} />
              </>
            ) : (
              <DrawerDatastores clusterId={cluster.id} />
            )}
          </Section>
          <Section title={t("clusters.section.addresses")}>
            <AddressList cluster={cluster} />
          </Section>
        </div>
      </Stack>
    </Drawer>
  );
}

function MoreMenu({
  cluster,
  onDeregister,
  onToken,
}: Pick<ClusterDrawerProps, "cluster" | "onDeregister" | "onToken">) {
  const open = useOperation("app.openLink");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" aria-label={t("clusters.more")}>
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<ExternalLink size={14} aria-hidden />}
          onClick={() => void open.run({ to: "server", clusterId: cluster.id })}
        >
          {t("clusters.openWeb")}
        </Menu.Item>
        {cluster.login.kind === "token" ? null : (
          <Menu.Item leftSection={<KeyRound size={14} aria-hidden />} onClick={() => onToken(cluster)}>
            {t("token.open")}
          </Menu.Item>
        )}
        <Menu.Item
          component={Link}
          href={rightsPath(cluster.id)}
          leftSection={<ListChecks size={14} aria-hidden />}
        >
          {t("rights.open")}
        </Menu.Item>
        <Menu.Item
          color="bad"
          leftSection={<Unplug size={14} aria-hidden />}
          onClick={() => onDeregister(cluster)}
        >
          {t("clusters.deregister.action")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ClusterFacts({ cluster }: { readonly cluster: Cluster }) {
  const ofClusters = [
    {
      label: t("clusters.fact.clusterName"),
      value: cluster.clusterName === null ? t("clusters.single") : displayText(cluster.clusterName, 128),
    },
    { label: t("clusters.fact.quorum"), value: quorumText(cluster.quorate) },
  ];
  return (
    <Facts
      facts={[
        { label: t("clusters.column.id"), value: <code>{cluster.id}</code> },
        ...(cluster.kind === "pve" ? ofClusters : []),
        {
          label: t("clusters.fact.version"),
          value: cluster.version === null ? <NotSaid /> : productText(cluster.kind, cluster.version),
        },
        ...(cluster.proxy === null
          ? []
          : [{ label: t("clusters.fact.proxy"), value: proxyText(cluster.proxy) }]),
        { label: t("clusters.fact.login"), value: loginText(cluster) },
        { label: t("clusters.fact.credential"), value: t(`clusters.credential.${cluster.credential}`) },
        { label: t("clusters.fact.clock"), value: clockText(cluster.clockOffset) },
        { label: t("clusters.column.created"), value: <Moment at={cluster.createdAt} /> },
        { label: t("clusters.column.updated"), value: <Moment at={cluster.updatedAt} /> },
        { label: t("clusters.column.lastAnswer"), value: <Age at={cluster.lastAnswerAt} /> },
      ]}
    />
  );
}

function quorumText(quorate: boolean | null) {
  if (quorate === null) return <NotSaid />;
  return t(quorate ? "clusters.quorum.yes" : "clusters.quorum.no");
}

/** Less is the network's own delay. */
const clockSlack = 2000;

function clockText(offset: number | null) {
  if (offset === null) return <NotSaid />;
  if (Math.abs(offset) < clockSlack) return t("clusters.clock.same");
  const value = durationText(Math.abs(offset) / 1000) ?? "";
  return t(offset > 0 ? "clusters.clock.ahead" : "clusters.clock.behind", { value });
}

/** Says that what stands here is old. */
function AsOf({ at }: { readonly at: number | null }) {
  return (
    <>
      {t("clusters.asOf")} <Age at={at} />
    </>
  );
}

function ClusterNodes({
  nodes,
  known,
}: {
  readonly nodes: readonly ClusterNode[];
  /** false: the cluster does not answer, so that this is how it was. */
  readonly known: boolean;
}) {
  if (nodes.length === 0) return <p className={classes.dim}>{t("clusters.nodes.none")}</p>;
  return (
    <table className={classes.nodes} data-known={known}>
      <thead>
        <tr>
          <th scope="col">{t("clusters.node")}</th>
          <th scope="col">{t("clusters.column.status")}</th>
          <th scope="col" data-align="end">
            {t("clusters.node.cpu")}
          </th>
          <th scope="col" data-align="end">
            {t("clusters.node.memory")}
          </th>
          <th scope="col" data-align="end">
            {t("clusters.node.uptime")}
          </th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <tr key={node.node}>
            <td>{displayText(node.node, 63)}</td>
            <td>
              {node.online ? (
                <StatusMark tone={known ? "good" : "unknown"} icon={CircleCheck}>
                  {t("clusters.node.online")}
                </StatusMark>
              ) : (
                <StatusMark tone={known ? "bad" : "unknown"} icon={CircleX}>
                  {t("clusters.node.offline")}
                </StatusMark>
              )}
            </td>
            <td data-align="end">
              {node.cpu === null ? <NotSaid /> : (formatShare(node.cpu, locale()) ?? <NotSaid />)}
            </td>
            <td data-align="end">
              <Bytes value={node.memory} />
            </td>
            <td data-align="end">
              <Duration seconds={node.online ? node.uptime : null} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

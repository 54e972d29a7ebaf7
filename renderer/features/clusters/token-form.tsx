import { Button, Checkbox, Group, SegmentedControl, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { tokenUses, type TokenUse } from "../../../shared/token.ts";
import { asAppError, useApi, useOperation } from "../../api.ts";
import { choose } from "../../ui/choose.ts";
import { LoadingState } from "../../ui/empty-state.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { TokenPlanView } from "./token-plan-view.tsx";
import classes from "./token.module.css";

import type { Cluster } from "../../../shared/cluster.ts";

export interface TokenFormProps {
  readonly cluster: Cluster;
  readonly later: string;
  readonly onLater: () => void;
  readonly onMade: () => void;
}

/** Chooses what a token is to be good for, shows what would be created for it, and makes it. */
export function TokenForm({ cluster, later, onLater, onMade }: TokenFormProps) {
  const api = useApi();
  const make = useOperation("tokens.make");
  const [use, setUse] = useState<TokenUse>("backup");
  const [withBackups, setWithBackups] = useState(false);
  const wish = { clusterId: cluster.id, use, withBackups: use === "watch" && withBackups };
  const plan = useQuery({
    queryKey: ["tokens.plan", cluster.edition, wish],
    queryFn: ({ signal }) => api.call("tokens.plan", wish, signal),
    // What stands on the server now: another admin may have made the same role.
    gcTime: 0,
  });
  const shown = plan.data;
  const go = async () => {
    if (shown === undefined) return;
    const made = await make.run({ ...wish, digest: shown.digest });
    if (made === null) {
      void plan.refetch();
      return;
    }
    notifications.show({
      closeButtonProps: { "aria-label": t("ui.close") },
      message: t("token.done", {
        name: displayText(made.name, 80),
        token: made.login.kind === "token" ? displayText(made.login.tokenId, 128) : "",
      }),
    });
    onMade();
  };
  const hint =
    cluster.kind === "pbs" ? (`token.use.pbs.${use}.hint` as const) : (`token.use.${use}.hint` as const);
  return (
    <Stack gap={12}>
      <p className={classes.dim}>{t("token.why")}</p>
      <div>
        <SegmentedControl
          fullWidth
          aria-label={t("token.use")}
          value={use}
          onChange={(value) => setUse(choose(tokenUses, value) ?? "backup")}
          data={tokenUses.map((one) => ({ value: one, label: t(`token.use.${one}`) }))}
        />
        <p className={classes.hint}>{t(hint)}</p>
      </div>
      {use === "watch" && cluster.kind === "pve" ? (
        <Checkbox
          checked={withBackups}
          onChange={(event) => setWithBackups(event.currentTarget.checked)}
          label={t("token.withBackups")}
          description={t("token.withBackups.hint")}
        />
      ) : null}
      {shown === undefined && plan.error !== null ? <ErrorPanel error={asAppError(plan.error)} /> : null}
      {shown === undefined && plan.error === null ? <LoadingState>{t("token.planning")}</LoadingState> : null}
      {shown === undefined ? null : <TokenPlanView plan={shown} />}
      {make.error === null ? null : <ErrorPanel error={make.error} />}
      <Group gap={8} justify="flex-end">
        <Button onClick={onLater}>{later}</Button>
        <Button
          variant="filled"
          loading={make.pending}
          disabled={shown === undefined || plan.isFetching}
          onClick={() => void go()}
        >
          {t("token.make")}
        </Button>
      </Group>
    </Stack>
  );
}

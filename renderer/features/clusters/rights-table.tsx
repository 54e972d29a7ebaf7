import { Button } from "@mantine/core";
import { CircleCheck, CircleDashed, CircleX, type LucideIcon } from "lucide-react";
import { Fragment, useState } from "react";

import { CopyText } from "../../ui/copy-text.tsx";
import { StatusMark, type Tone } from "../../ui/status-mark.tsx";
import { t } from "../../ui/text.ts";
import classes from "./rights.module.css";

import type { ServerKind } from "../../../shared/cluster.ts";
import type { Extent, RightsRow } from "../../../shared/rights.ts";

const looks: Readonly<Record<Extent, { readonly tone: Tone; readonly icon: LucideIcon }>> = {
  works: { tone: "good", icon: CircleCheck },
  partly: { tone: "attention", icon: CircleDashed },
  // No alarm: most accounts are meant to do less than everything.
  no: { tone: "quiet", icon: CircleX },
};

/** One row a feature: whether it works, which privilege is missing where, and the command that gives it. */
export function RightsTable({
  rows,
  kind,
}: {
  readonly rows: readonly RightsRow[];
  readonly kind: ServerKind;
}) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t("rights.column.feature")}</th>
          <th scope="col">{t("rights.column.extent")}</th>
          <th scope="col">{t("rights.column.missing")}</th>
          <td />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Fragment key={row.feature}>
            <tr data-extent={row.extent}>
              <th scope="row">{t(`rights.feature.${row.feature}`)}</th>
              <td>
                <StatusMark {...looks[row.extent]}>
                  {t(row.ownOnly ? "rights.extent.ownOnly" : `rights.extent.${row.extent}`)}
                </StatusMark>
              </td>
              <td>
                <Missing row={row} />
              </td>
              <td className={classes.action}>
                {row.missing.length === 0 ? null : (
                  <Button
                    variant="subtle"
                    h={24}
                    px={8}
                    aria-expanded={opened === row.feature}
                    onClick={() => setOpened(opened === row.feature ? null : row.feature)}
                  >
                    {t("rights.commands.button")}
                  </Button>
                )}
              </td>
            </tr>
            {opened === row.feature ? (
              <tr className={classes.detail}>
                <td colSpan={4}>
                  <Commands row={row} kind={kind} />
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Missing({ row }: { readonly row: RightsRow }) {
  if (row.missing.length === 0) return <span className={classes.dim}>{t("rights.nothingMissing")}</span>;
  return (
    <ul className={classes.missing}>
      {row.missing.map(({ privilege, path }) => (
        <li key={`${privilege} ${path}`}>
          <code>{t("rights.missing", { privilege, path })}</code>
        </li>
      ))}
    </ul>
  );
}

function Commands({ row, kind }: { readonly row: RightsRow; readonly kind: ServerKind }) {
  if (row.commands.length === 0) return <p className={classes.dim}>{t("rights.commands.none")}</p>;
  return (
    <div className={classes.commands}>
      <p className={classes.dim}>{t(`rights.commands.hint.${kind}`)}</p>
      <CopyText text={row.commands.join("\n")} label={t("rights.commands.show")} />
    </div>
  );
}

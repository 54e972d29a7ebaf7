import { useMemo } from "react";
import { Link } from "wouter";

import { usedShare } from "../../../shared/datastore.ts";
import { useDatastores } from "../../stores/stores.ts";
import { Meter } from "../../ui/meter.tsx";
import { datastorePath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { storeText } from "./datastore-words.ts";
import classes from "./datastores.module.css";

/** The datastores of a backup server beside the list of servers. */
export function DrawerDatastores({ clusterId }: { readonly clusterId: string }) {
  const all = useDatastores((set) => set.items);
  const rows = useMemo(() => all.filter((row) => row.clusterId === clusterId), [all, clusterId]);
  if (rows.length === 0) return <p className={classes.dim}>{t("datastores.none.title")}</p>;
  return (
    <ul className={classes.drawerList}>
      {rows.map((row) => (
        <li key={row.store} className={classes.drawerStore}>
          <Link href={datastorePath(row)}>{storeText(row)}</Link>
          <Meter share={usedShare(row)} label={t("datastores.column.used")} />
        </li>
      ))}
    </ul>
  );
}

import { displayText } from "../../../shared/display-text.ts";
import { useClusters } from "../../stores/stores.ts";
import { t } from "../../ui/text.ts";
import classes from "./datastores.module.css";
import { usePlacesIn } from "./use-places.ts";

import type { BackupPlace } from "../../../shared/backup-place.ts";

/** Which storages of which clusters are this datastore. */
export function PlaceList({ clusterId, store }: { readonly clusterId: string; readonly store: string }) {
  const places = usePlacesIn({ clusterId, store });
  const clusters = useClusters((set) => set.byKey);
  if (places === null || places.length === 0) return null;
  return (
    <section className={classes.places} aria-label={t("places.title")}>
      <h2>{t("places.title")}</h2>
      <ul>
        {places.map((place) => (
          <li key={`${place.clusterId}/${place.storage}`}>
            {placeText(place, clusters.get(place.clusterId)?.name ?? place.clusterId)}{" "}
            <span className={classes.dim}>
              {place.namespace === ""
                ? t("places.root")
                : t("places.namespace", { namespace: displayText(place.namespace, 256) })}
              {" · "}
              {t(`places.by.${place.backupServer?.by ?? "address"}`)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function placeText({ storage }: BackupPlace, cluster: string): string {
  return t("places.storage", { storage: displayText(storage, 100), cluster: displayText(cluster, 255) });
}

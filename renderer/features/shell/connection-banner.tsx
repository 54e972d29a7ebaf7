import { Unplug } from "lucide-react";
import { useStore } from "zustand";

import { useStores } from "../../stores/stores.ts";
import { Age } from "../../ui/age.tsx";
import { t } from "../../ui/text.ts";
import classes from "./shell.module.css";

/** Says that what is shown may be old, as long as the app behind the window does not answer. */
export function ConnectionBanner() {
  const { connection } = useStores();
  const view = useStore(connection.store);
  if (view.state === "open" || view.state === "connecting") return null;
  return (
    <div className={classes.banner} role="alert">
      <Unplug size={16} aria-hidden />
      {view.state === "lost" ? (
        <span>
          {t("error.bridge.lost")} {t("shell.lost.last")} <Age at={view.since} />
        </span>
      ) : (
        <span>{t("shell.signedOut.text")}</span>
      )}
    </div>
  );
}

import { LockKeyhole } from "lucide-react";

import { t } from "../../ui/text.ts";
import { UnlockForm } from "./unlock-form.tsx";
import classes from "./vault.module.css";

/** The view in place of all others while the vault is locked. */
export function VaultUnlock({ onLater }: { readonly onLater: () => void }) {
  return (
    <div className={classes.center}>
      <section className={classes.panel} aria-labelledby="vault-title">
        <LockKeyhole size={20} aria-hidden className={classes.icon} />
        <h1 id="vault-title" className={classes.title}>
          {t("vault.locked.title")}
        </h1>
        <p className={classes.text}>{t("vault.locked.text")}</p>
        <UnlockForm onUnlocked={onLater} onLater={onLater} later={t("vault.later")} />
      </section>
    </div>
  );
}

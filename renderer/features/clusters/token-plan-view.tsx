import { displayText } from "../../../shared/display-text.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { Facts } from "../../ui/facts.tsx";
import { t } from "../../ui/text.ts";
import classes from "./token.module.css";

import type { TokenPlan } from "../../../shared/token.ts";

/** Everything that would be created, and what it means. */
export function TokenPlanView({ plan }: { readonly plan: TokenPlan }) {
  const user = displayText(plan.user, 128);
  const { role, ownRightsFor } = plan;
  return (
    <section className={classes.plan} aria-label={t("token.plan")}>
      <h3 className={classes.planTitle}>{t("token.plan")}</h3>
      <Facts
        facts={[
          ...(role === null
            ? []
            : [
                {
                  label: t(role.exists ? "token.plan.role.exists" : "token.plan.role"),
                  value: (
                    <>
                      <code>{displayText(role.name, 80)}</code>
                      <div className={classes.privileges}>{role.privileges.join(" · ")}</div>
                    </>
                  ),
                },
              ]),
          {
            label: t("token.plan.token"),
            value: <code>{displayText(`${plan.user}!${plan.tokenName}`, 192)}</code>,
          },
          ...(plan.entries.length === 0
            ? []
            : [
                {
                  label: t("token.plan.entry"),
                  value: plan.entries.map((entry) => (
                    <div key={`${entry.path} ${entry.role}`}>
                      <code>{t("token.plan.entryText", entry)}</code>
                    </div>
                  )),
                },
              ]),
        ]}
      />
      {plan.leftOut.length === 0 ? null : (
        <p className={classes.hint}>
          {t("token.plan.leftOut", {
            version: displayText(plan.version, 40),
            privileges: plan.leftOut.join(", "),
          })}
        </p>
      )}
      {ownRightsFor === null ? (
        <p className={classes.hint}>{t("token.plan.never", { user })}</p>
      ) : (
        <Notice tone="attention" title={t("token.plan.ownRights.title", { user })}>
          {t("token.plan.ownRights", ownRightsFor)}
        </Notice>
      )}
      {plan.mayDelete ? <Notice tone="quiet">{t(`token.plan.mayDelete.${plan.kind}`)}</Notice> : null}
    </section>
  );
}

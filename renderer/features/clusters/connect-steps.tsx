import { Check, Circle, LoaderCircle, X, type LucideIcon } from "lucide-react";

import { t } from "../../ui/text.ts";
import classes from "./clusters.module.css";

import type { StepState, StepView } from "./step-list.ts";

const icons: Readonly<Record<StepState, LucideIcon>> = {
  waiting: Circle,
  running: LoaderCircle,
  done: Check,
  failed: X,
};

/** What is being done, one line a step: waiting, running, done or refused. */
export function ConnectSteps({ steps }: { readonly steps: readonly StepView[] }) {
  return (
    <ol className={classes.steps} aria-label={t("clusters.steps")} aria-live="polite">
      {steps.map((each) => {
        const Icon = icons[each.state];
        return (
          <li key={each.step} className={classes.step} data-state={each.state}>
            <Icon size={14} strokeWidth={2.25} aria-hidden className={classes.stepIcon} />
            <span>{t(`clusters.step.${each.step}`)}</span>
            <span className={classes.stepDetail}>{stepDetail(each)}</span>
          </li>
        );
      })}
    </ol>
  );
}

function stepDetail({ step, state, params }: StepView): string {
  if (state === "waiting") return "";
  if (state !== "done") return t(`clusters.stepState.${state}`);
  if (step === "inspect" && params["version"] !== undefined) {
    return t("clusters.step.inspect.done", {
      version: String(params["version"]),
      nodes: Number(params["nodes"] ?? 0),
    });
  }
  if (step === "login" && params["secondFactor"] === true) return t("clusters.step.login.secondFactor");
  return t("clusters.stepState.done");
}

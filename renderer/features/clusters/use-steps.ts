import { useCallback, useState } from "react";

import { registrationSteps, type RegistrationStep } from "../../../shared/cluster.ts";
import { useEvent } from "../../api.ts";

import type { Events } from "../../../shared/events.ts";

export type StepState = "waiting" | "running" | "done" | "failed";
export interface StepView {
  readonly step: RegistrationStep;
  readonly state: StepState;
  readonly params: Events["registration.step"]["params"];
}

export const noSteps: readonly StepView[] = registrationSteps.map((step) => ({
  step,
  state: "waiting",
  params: {},
}));

/** A step that begins anew makes those behind it wait again: what they said was of the time before. */
export function applyStep(
  steps: readonly StepView[],
  event: Pick<Events["registration.step"], "step" | "state" | "params">,
): readonly StepView[] {
  const at = steps.findIndex((each) => each.step === event.step);
  return steps.map((each, index) => {
    if (index === at) return { step: each.step, state: event.state, params: event.params };
    return index > at && event.state === "running" ? { step: each.step, state: "waiting", params: {} } : each;
  });
}

/** The steps of one attempt, as the main process tells them. */
export function useSteps(attempt: string): { readonly steps: readonly StepView[]; reset(): void } {
  const [steps, setSteps] = useState(noSteps);
  useEvent("registration.step", attempt, (event) => setSteps((known) => applyStep(known, event)));
  return { steps, reset: useCallback(() => setSteps(noSteps), []) };
}

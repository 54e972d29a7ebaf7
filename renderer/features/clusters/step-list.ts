import { registrationSteps, type RegistrationStep } from "../../../shared/cluster.ts";

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

/** A refusal may come before the step's own word of it: then nothing runs any more. */
export function refuseRunning(steps: readonly StepView[]): readonly StepView[] {
  return steps.map((each) => (each.state === "running" ? { ...each, state: "failed" } : each));
}

import { useCallback, useState } from "react";

import { useEvent } from "../../api.ts";
import { applyStep, noSteps, type StepView } from "./step-list.ts";

/** The steps of one attempt, as the main process tells them. */
export function useSteps(attempt: string): { readonly steps: readonly StepView[]; reset(): void } {
  const [steps, setSteps] = useState(noSteps);
  useEvent("registration.step", attempt, (event) => setSteps((known) => applyStep(known, event)));
  return { steps, reset: useCallback(() => setSteps(noSteps), []) };
}

import { useEffect } from "react";

import { useOperation } from "../api.ts";
import { useState } from "react";

import type { Confirmable, Confirmation } from "../../shared/confirmation.ts";
import type { AppError } from "../../shared/errors.ts";

export interface ConfirmationState {
  readonly confirmation: Confirmation | null;
  readonly error: AppError | null;
  /** Asks anew: what was shown is no longer what is. */
  refresh(): void;
}

/** Asks the main process for a token bound to this target as it is now, as long as the dialog (target ≠ null) is open. */
export function useConfirmation(target: Confirmable | null): ConfirmationState {
  const { run, error, reset } = useOperation("confirmations.request");
  const [answer, setAnswer] = useState<{ readonly to: string; readonly confirmation: Confirmation } | null>(
    null,
  );
  const [round, setRound] = useState(0);
  const key = target === null ? null : `${JSON.stringify(target)} ${round}`;

  useEffect(() => {
    if (key === null) {
      reset();
      return;
    }
    const asked = JSON.parse(key.slice(0, key.lastIndexOf(" "))) as Confirmable;
    void run(asked).then((confirmation) => {
      if (confirmation !== null) setAnswer({ to: key, confirmation });
    });
  }, [key, run, reset]);

  return {
    confirmation: answer !== null && answer.to === key ? answer.confirmation : null,
    error,
    refresh: () => setRound((count) => count + 1),
  };
}

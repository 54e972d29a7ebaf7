import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { useEvent } from "../../api.ts";

/** Makes all windows over the history old when a job begins, turns or ends; its progress alone changes no row of them. */
export function useHistoryFresh(): void {
  const client = useQueryClient();
  const states = useRef(new Map<string, string>());
  useEvent("jobs.changed", null, (change) => {
    const turned = change.changed.filter((job) => states.current.get(job.id) !== job.state);
    for (const job of change.changed) states.current.set(job.id, job.state);
    if (turned.length > 0 || change.removed.length > 0) {
      void client.invalidateQueries({ queryKey: ["history.list"] });
    }
  });
}

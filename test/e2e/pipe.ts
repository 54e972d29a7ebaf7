import type { Page } from "@playwright/test";

import type { FrameIn, FrameOut } from "../../shared/bridge.ts";
import type { ErrorData } from "../../shared/errors.ts";

/** What becomes of the answer to an operation: never comes, or is this error. */
export type Meddling = "silence" | ErrorData;

/** Stands in the pipe of a window that is still to be opened, to show what it looks like while it waits or when it is refused. */
export async function meddle(page: Page, fates: Readonly<Record<string, Meddling>>): Promise<void> {
  await page.routeWebSocket(/\/bridge$/u, (window) => {
    const host = window.connectToServer();
    window.onMessage((message) => {
      const frame = typeof message === "string" ? (JSON.parse(message) as FrameIn) : null;
      const fate = frame?.t === "call" ? fates[frame.operation] : undefined;
      if (frame?.t !== "call" || fate === undefined) host.send(message);
      else if (fate !== "silence") {
        const reply: FrameOut = { t: "reply", id: frame.id, result: { ok: false, error: fate } };
        window.send(JSON.stringify(reply));
      }
    });
  });
}

import type { Final } from "../../shared/progress.ts";

const WARNINGS = /^WARNINGS: (\d+)$/;

/** `migration aborted` is how every failed migration ends, and a lost connection is nobody's wish either: both are failures. */
const NOT_A_STOP = /migration aborted|connection (?:was )?aborted/i;
const STOPPED = /interrupted by signal|received interrupt|abort requested|\baborted\b/i;

/** True when an error text says that somebody stopped the work. There is no exit status of its own for that. */
export function saysAborted(text: string): boolean {
  return STOPPED.test(text) && !NOT_A_STOP.test(text);
}

/**
 * What a task's `exitstatus` means, by the grammar of Proxmox's task status (`OK`, `WARNINGS: n`, anything else is an error).
 * Nothing at all, `unexpected status` (worker gone) and a backup server's `unknown` stay unknown: they prove neither end.
 */
export function classifyExit(exitstatus: string | null | undefined): Final {
  const text = (exitstatus ?? "").trim();
  // The grammar is exact: what only resembles an end in good order proves none.
  if (text !== exitstatus && (text === "OK" || WARNINGS.test(text))) return { status: "unknown", text };
  if (text === "OK") return { status: "ok", text };
  const warnings = WARNINGS.exec(text);
  if (warnings)
    return {
      status: "warnings",
      text,
      warnings: Math.min(Number(warnings[1]), Number.MAX_SAFE_INTEGER),
    };
  if (text === "" || text === "unexpected status" || text === "unknown") return { status: "unknown", text };
  if (text.startsWith("unable to get last line from task log")) return { status: "unknown", text };
  return { status: saysAborted(text) ? "aborted" : "failed", text };
}

import { shorten } from "./draft.ts";
import { parseVmid } from "./units.ts";

/** What the first line of a vzdump log tells: the arguments are in no fixed order, values are quoted for a shell. */
export interface VzdumpCommand {
  readonly text: string;
  /** The guests asked for; null when the server chooses them itself (`--all`, `--pool`). */
  readonly vmids: readonly number[] | null;
}

/** Guests are the bare words before, between and after `--option value` pairs. */
export function readCommandLine(text: string): VzdumpCommand {
  const vmids = new Set<number>();
  let chosenByServer = false;
  let option: string | null = null;
  for (const [word] of text.matchAll(/'[^']*'|"[^"]*"|\S+/g)) {
    if (option !== null) {
      chosenByServer ||= option === "--pool" || (option === "--all" && word !== "0");
      option = null;
      continue;
    }
    if (word.startsWith("--")) {
      option = word;
      continue;
    }
    for (const part of word.split(",")) {
      const vmid = parseVmid(part);
      if (vmid !== null) vmids.add(vmid);
    }
  }
  return { text: shorten(text), vmids: chosenByServer || vmids.size === 0 ? null : [...vmids] };
}

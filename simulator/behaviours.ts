/**
 * What a real server does and a client must bear with, each to be switched off: then a test must notice, or it proves nothing.
 * The numbers are those of the project's list of server facts; P20 to P22 also concern the Backup Server.
 */
export const BEHAVIOURS = {
  P1: "a worker outlives the connection that started it: a lost reply is not a lost task",
  P2: "vzdump drops guests of other nodes silently ('OK' when none is left) and with all=1 those the caller may not back up",
  P3: "one vzdump a node at a time, the next ones wait with a single line in their log",
  P4: "a backup's UPID carries the guest only when it is exactly one",
  P5: "of several guests each fails for itself, and the job ends in 'job errors'",
  P6: "notes that cannot be written are a warning",
  P7: "a worker that is gone without a last line ends as 'unexpected status'",
  P8: "the log of a forgotten task is 200 with a line about the file, its status 400 'no such task'; an empty log is one line",
  P9: "a node's task list shows finished tasks only, 50 of them, unless asked otherwise",
  P10: "the cluster's task list shows at most 25 finished tasks a node",
  P11: "a node's task index has an end: older tasks are forgotten",
  P12: "stopping a task is answered before the task has ended, and does not tell the outcome",
  P13: "a restore is refused before its worker starts when the id is taken, locked, running or protected",
  P14: "an overwriting restore takes the old guest away first; when it breaks off, what is left stays locked",
  P15: "an archive excludes drive keys, other keys replace what the backup holds",
  P16: "the name of a snapshot is unique on its guest",
  P17: "deleting a backup starts an imgdel task, or answers null when it ended within the delay",
  P18: "the text of an error is the HTTP reason phrase",
  P19: "bodies of more than 512 kB or in chunks are refused",
  P20: "the UPID's shape",
  P21: "a Backup Server's task can end in 'unknown'",
  P22: "a task type filter means 'equals' on Proxmox VE and 'contains' on a Backup Server",
  P23: "paths of a file restore are base64",
} as const;

export type Behaviour = keyof typeof BEHAVIOURS;

/** Whether the server still behaves so. */
export const holds = (
  state: { readonly settings: { readonly without: readonly Behaviour[] } },
  behaviour: Behaviour,
): boolean => !state.settings.without.includes(behaviour);

/** Times in ms. One object, so that tests and the kill matrix can shorten them without touching the rules. */
export interface JobLimits {
  /** For the launch as a whole: pveproxy itself gives up a hop to another node after 30 s. */
  readonly launchDeadline: number;
  /** A lost launch is looked for from so long before its sending, in server time: UPIDs hold whole seconds and node clocks differ a little. */
  readonly windowBefore: number;
  /** … until so long after its deadline. */
  readonly windowAfter: number;
  /** While something is unsettled, it is looked up this often. */
  readonly lookEvery: number;
  /** So many looks after the window, each answered and each finding nothing, before "not started" is believed. */
  readonly cleanLooks: number;
  /** A fresh task may be answered "no such task" for a moment (seen right after a start): not an end before this has passed. */
  readonly goneTolerance: number;
  /** How soon a running task is asked again, by its age: [age up to, wait]. What is over in a moment should not seem to run on. */
  readonly pace: readonly (readonly [number, number])[];
  /** The same while its page is open. */
  readonly watchedPace: number;
  /** A log that grows says that its task runs: then the status is asked only at each so many-th turn. */
  readonly statusEvery: number;
  /** While a cluster does not answer: it is left alone this long between two tries. */
  readonly pausedPace: number;
  /** A wish to stop is told again after this, while the task still runs: its answer says nothing of the outcome. */
  readonly stopAgain: number;
  /** Lists lag behind a task's end by some seconds (guest states about 10 s): proof is waited for this long. */
  readonly proofPatience: number;
  /** HA does the work after its task has ended, a guest's shutdown included. */
  readonly haPatience: number;
  readonly proofEvery: number;
  /** A write that must not be lost (a UPID, an end) is tried again this often while the store refuses it. */
  readonly storeRetry: number;
  /** How long closing waits for a launch that is under way, before it is given up and looked up at the next start. */
  readonly closePatience: number;
  /** Ended jobs that stay in the live set; all of them are in the history. */
  readonly endedShown: number;
}

const second = 1000;
const minute = 60 * second;

export const jobLimits: JobLimits = {
  launchDeadline: 45 * second,
  windowBefore: 30 * second,
  windowAfter: 60 * second,
  lookEvery: minute,
  cleanLooks: 3,
  goneTolerance: 30 * second,
  pace: [
    [10 * second, 1.5 * second],
    [Number.POSITIVE_INFINITY, 5 * second],
  ],
  watchedPace: 1.5 * second,
  statusEvery: 3,
  pausedPace: 10 * second,
  stopAgain: 10 * second,
  proofPatience: 30 * second,
  haPatience: 10 * minute,
  proofEvery: 2 * second,
  storeRetry: 5 * second,
  closePatience: 3 * second,
  endedShown: 100,
};

/** Lines of a task log asked for at once. */
export const logPage = 5000;
/** Pages read in one go of a running task, so that a flood of lines does not keep us from its state. */
export const logPagesPerTick = 4;
/** The trace id stands in the first line that vzdump prints; hook scripts and locks may come before it. */
export const headLines = 50;

/** Time and waiting, given to the engine so that tests own both. */
export interface Clock {
  /** ms since the epoch on this computer. */
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Bytes per second between the last two figures of a log that prints none itself; null until two are known. */
export function createRate(): (bytes: number | null, seconds: number | null) => number | null {
  let before: { bytes: number; seconds: number } | null = null;
  let rate: number | null = null;
  return (bytes, seconds) => {
    if (bytes === null || seconds === null) return rate;
    if (before === null || seconds < before.seconds || bytes < before.bytes) {
      before = { bytes, seconds };
      return rate;
    }
    if (seconds === before.seconds) return rate;
    rate = (bytes - before.bytes) / (seconds - before.seconds);
    before = { bytes, seconds };
    return rate;
  };
}

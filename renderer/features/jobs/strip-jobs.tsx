export function StripJobs() {
  return null;
}

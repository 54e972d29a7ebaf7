export function JobPage(_props: { readonly jobId: string }) {
  return null;
}

export function GuestPage(_props: {
  readonly clusterId: string;
  readonly node: string;
  readonly vmid: number;
}) {
  return null;
}

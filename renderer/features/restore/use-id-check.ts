import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { useApi } from "../../api.ts";

/** Typing pauses this long before the cluster is asked whether the id is free. */
const typingPause = 300;

export type IdVerdict = "checking" | "free" | "taken" | "unchecked";

/** Asks the cluster whether an id is free; the answer is only ever for exactly this id, and never an old one. */
export function useIdCheck(clusterId: string, vmid: number | null): IdVerdict {
  const api = useApi();
  const [asked] = useDebouncedValue(vmid, typingPause);
  const query = useQuery({
    queryKey: ["restore.checkId", clusterId, asked],
    queryFn: ({ signal }) => api.call("restore.checkId", { clusterId, vmid: asked ?? 0 }, signal),
    enabled: asked !== null,
    gcTime: 0,
  });
  if (vmid === null || asked !== vmid || query.isFetching) return "checking";
  if (query.data === undefined) return "unchecked";
  return query.data.free ? "free" : "taken";
}

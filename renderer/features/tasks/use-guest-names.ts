import { useMemo } from "react";

import { useGuests } from "../../stores/stores.ts";

/** `clusterId/vmid` → name. */
export function useGuestNames(): ReadonlyMap<string, string> {
  const guests = useGuests((set) => set.items);
  return useMemo(
    () => new Map(guests.map(({ clusterId, vmid, name }) => [`${clusterId}/${String(vmid)}`, name])),
    [guests],
  );
}

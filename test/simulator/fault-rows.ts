import type { House } from "./house.ts";

/** One row of the fault matrix: either the simulator can make it happen, and shows it, or it lies on the client's side. */
export type FaultRow = {
  readonly number: number;
  readonly fault: string;
} & ({ readonly seen: (home: House) => Promise<void> } | { readonly client: string });

export const row = (number: number, fault: string, seen: (home: House) => Promise<void>): FaultRow => ({
  number,
  fault,
  seen,
});

export const clientRow = (number: number, fault: string, client: string): FaultRow => ({
  number,
  fault,
  client,
});

import type { ServerVersion } from "../version.ts";
import { isBefore } from "./parameters.ts";
import type { ApiVersion } from "./parameters.ts";
import type { Product } from "./request.ts";

/** The oldest and newest versions whose API the catalogue describes. */
export const knownVersions: Readonly<
  Record<Product, { readonly from: ApiVersion; readonly to: ApiVersion }>
> = {
  pve: { from: [6, 4], to: [9, 2] },
  pbs: { from: [3, 0], to: [4, 2] },
};

/** Reads work as ever; writes are sent in the newest shape that we know, and the user is told so. */
export function isNewerThanKnown(product: Product, { major, minor }: ServerVersion): boolean {
  return isBefore(knownVersions[product].to, [major, minor]);
}

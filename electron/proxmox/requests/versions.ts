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

/**
 * The newest version that we know, `9.2`, where a server is newer than that; else null. Reads work there as ever; writes are
 * sent in the newest shape that we know, and the user is told so.
 */
export function outgrownVersion(product: Product, { major, minor }: ServerVersion): string | null {
  const { to } = knownVersions[product];
  return isBefore(to, [major, minor]) ? to.join(".") : null;
}

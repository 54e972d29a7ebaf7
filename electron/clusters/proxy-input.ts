import { parseProxyAddress } from "../proxmox/address.ts";
import { secretOf } from "../proxmox/secret.ts";

import type { Proxy } from "../../shared/cluster.ts";
import type { Parsed } from "../../shared/operations.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Credentials } from "./credentials.ts";

/** A proxy as it was typed, its password taken out of the text at once. Throws AppError `address.*` at the field proxyAddress. */
export function proxyOf(
  typed: Parsed<"clusters.probe">["proxy"],
  credentials: Pick<Credentials, "hide">,
): { readonly proxy: Proxy | null; readonly password: Secret | null } {
  if (typed === null) return { proxy: null, password: null };
  const { kind, user } = typed;
  const password = typed.secret === undefined ? null : secretOf(typed.secret);
  if (password !== null) credentials.hide(password);
  return { proxy: { kind, address: parseProxyAddress(typed.address, kind), user }, password };
}

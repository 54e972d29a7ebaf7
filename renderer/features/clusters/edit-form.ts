import { accountOf, loginNameSchema } from "../../../shared/cluster.ts";
import { proxyInput, proxyValues, type ProxyValues } from "./proxy-form.ts";

import type { AddressView, Cluster, LoginName } from "../../../shared/cluster.ts";
import type { Input } from "../../../shared/operations.ts";
import type { MessageId } from "../../ui/text.ts";

/** An address as it shall be: one that is there, or one that was looked at in this dialog. */
export type WantedAddress = Pick<AddressView, "address" | "trust" | "node">;

export interface EditValues {
  readonly name: string;
  readonly addresses: readonly WantedAddress[];
  readonly proxy: ProxyValues;
  readonly login: string;
  /** Empty = the one that is kept. */
  readonly secret: string;
}
export type EditField = "name" | "login" | "secret";
export type EditMessages = Partial<Record<EditField, MessageId>>;

export function editValues(cluster: Cluster): EditValues {
  return {
    name: cluster.name,
    addresses: cluster.addresses.map(({ address, trust, node }) => ({ address, trust, node })),
    proxy: proxyValues(cluster.proxy),
    login: accountOf(cluster.login),
    secret: "",
  };
}

function loginOf(cluster: Cluster, values: EditValues): LoginName {
  const name = values.login.trim();
  return cluster.login.kind === "token" ? { kind: "token", tokenId: name } : { kind: "password", user: name };
}

export function checkEdit(cluster: Cluster, values: EditValues): EditMessages {
  const found: EditMessages = {};
  if (values.name.trim() === "") found.name = "clusters.form.name.empty";
  if (!loginNameSchema.safeParse(loginOf(cluster, values)).success) {
    found.login = cluster.login.kind === "token" ? "clusters.form.tokenId.wrong" : "clusters.form.user.wrong";
  }
  return found;
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Only what differs is sent: what was not touched cannot be changed by an old dialog. */
export function editPatch(cluster: Cluster, values: EditValues): Input<"clusters.update"> {
  const before = editValues(cluster);
  // A password for an account that has logged in through its provider: from now on it logs in by that.
  const becomesPassword = cluster.login.kind === "openid" && values.secret !== "";
  return {
    clusterId: cluster.id,
    edition: cluster.edition,
    ...(values.name.trim() === before.name ? {} : { name: values.name.trim() }),
    ...(isSame(values.addresses, before.addresses)
      ? {}
      : { addresses: values.addresses.map(({ address, trust }) => ({ address, trust })) }),
    ...(isSame(values.proxy, before.proxy) ? {} : { proxy: proxyInput(values.proxy) }),
    ...(values.login.trim() === before.login && !becomesPassword ? {} : { login: loginOf(cluster, values) }),
    ...(values.secret === "" ? {} : { secret: values.secret }),
  };
}

import { loginNameSchema } from "../../../shared/cluster.ts";

import type { Cluster, LoginName, Trust } from "../../../shared/cluster.ts";
import type { Input } from "../../../shared/operations.ts";
import type { MessageId } from "../../ui/text.ts";

export interface EditValues {
  readonly name: string;
  readonly address: string;
  readonly login: string;
  /** Empty = the one that is kept. */
  readonly secret: string;
}
export type EditField = keyof EditValues;
export type EditMessages = Partial<Record<EditField, MessageId>>;

export function editValues(cluster: Cluster): EditValues {
  return {
    name: cluster.name,
    address: cluster.addresses[0]?.address ?? "",
    login: cluster.login.kind === "password" ? cluster.login.user : cluster.login.tokenId,
    secret: "",
  };
}

function loginOf(cluster: Cluster, values: EditValues): LoginName {
  const name = values.login.trim();
  return cluster.login.kind === "password"
    ? { kind: "password", user: name }
    : { kind: "token", tokenId: name };
}

export function checkEdit(cluster: Cluster, values: EditValues): EditMessages {
  const found: EditMessages = {};
  if (values.name.trim() === "") found.name = "clusters.form.name.empty";
  if (values.address.trim() === "") found.address = "error.address.empty";
  if (!loginNameSchema.safeParse(loginOf(cluster, values)).success) {
    found.login =
      cluster.login.kind === "password" ? "clusters.form.user.wrong" : "clusters.form.tokenId.wrong";
  }
  return found;
}

/** Only what differs is sent: what was not touched cannot be changed by an old dialog. */
export function editPatch(
  cluster: Cluster,
  values: EditValues,
  trust: Trust | null,
): Input<"clusters.update"> {
  const before = editValues(cluster);
  return {
    clusterId: cluster.id,
    edition: cluster.edition,
    ...(values.name.trim() === before.name ? {} : { name: values.name.trim() }),
    ...(trust === null ? {} : { address: { address: values.address.trim(), trust } }),
    ...(values.login.trim() === before.login ? {} : { login: loginOf(cluster, values) }),
    ...(values.secret === "" ? {} : { secret: values.secret }),
  };
}

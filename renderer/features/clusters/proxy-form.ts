import type { Proxy } from "../../../shared/cluster.ts";
import type { Input } from "../../../shared/operations.ts";

export interface ProxyValues {
  readonly kind: "none" | Proxy["kind"];
  readonly address: string;
  /** Empty = it asks for no login. */
  readonly user: string;
  /** Empty = none, or the one that is kept. */
  readonly secret: string;
}

export const noProxy: ProxyValues = { kind: "none", address: "", user: "", secret: "" };

export function proxyValues(proxy: Proxy | null): ProxyValues {
  if (proxy === null) return noProxy;
  return { kind: proxy.kind, address: proxy.address, user: proxy.user ?? "", secret: "" };
}

export function proxyInput(values: ProxyValues): NonNullable<Input<"clusters.update">["proxy"]> | null {
  if (values.kind === "none") return null;
  const user = values.user.trim();
  return {
    kind: values.kind,
    address: values.address.trim(),
    user: user === "" ? null : user,
    ...(user === "" || values.secret === "" ? {} : { secret: values.secret }),
  };
}

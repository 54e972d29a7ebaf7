import type { Output } from "../../../shared/operations.ts";

export type RealmChoice = Output<"clusters.realms">["realms"][number];

/** What the server told of its logins, and what was chosen of it; no realms = not known (yet): then the user is typed whole. */
export interface RealmValues {
  readonly realms: readonly RealmChoice[];
  readonly realm: string;
  readonly redirectUrl: string;
}

export const noRealms: RealmValues = { realms: [], realm: "", redirectUrl: "" };

/** `admin@pve` as it is where it names a realm that is there, else with the chosen one behind it. */
export function userWithRealm(
  typed: string,
  { realms, realm }: Pick<RealmValues, "realms" | "realm">,
): string {
  const user = typed.trim();
  const named = user.slice(user.lastIndexOf("@") + 1);
  const isWhole = user.includes("@") && realms.some((one) => one.realm === named);
  return user === "" || realms.length === 0 || isWhole ? user : `${user}@${realm}`;
}

/** The realm that logs in through its provider, where that is what was chosen. */
export function openIdRealm(values: RealmValues): string | null {
  const chosen = values.realms.find((one) => one.realm === values.realm);
  return chosen?.type === "openid" ? chosen.realm : null;
}

/** The server's default, unless something was typed already that a provider would make void. */
export function firstRealm(realms: readonly RealmChoice[], typed: boolean): string {
  const fitting = typed ? realms.filter((one) => one.type !== "openid") : realms;
  const wanted = fitting.find((one) => one.isDefault) ?? fitting.find((one) => one.realm === "pam");
  return (wanted ?? fitting[0] ?? realms[0])?.realm ?? "";
}

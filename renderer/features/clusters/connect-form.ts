import { loginNameSchema } from "../../../shared/cluster.ts";
import { toErrorData, type AppError, type ErrorCode } from "../../../shared/errors.ts";
import { fieldErrors, type FieldErrors } from "../../ui/field-errors.ts";
import { errorText } from "../../ui/text.ts";
import { noProxy, type ProxyValues } from "./proxy-form.ts";
import { noRealms, openIdRealm, userWithRealm, type RealmValues } from "./realm-form.ts";

import type { Input } from "../../../shared/operations.ts";
import type { MessageId } from "../../ui/text.ts";

export interface ConnectValues {
  readonly name: string;
  readonly address: string;
  readonly kind: "password" | "token";
  readonly user: string;
  readonly tokenId: string;
  readonly secret: string;
  readonly remember: boolean;
  readonly proxy: ProxyValues;
  readonly realms: RealmValues;
}

export type ConnectField = "name" | "address" | "user" | "tokenId" | "secret" | "proxy";
export type FieldMessages = Partial<Record<ConnectField, MessageId>>;

export const emptyConnect: ConnectValues = {
  name: "",
  address: "",
  kind: "password",
  user: "",
  tokenId: "",
  secret: "",
  remember: true,
  proxy: noProxy,
  realms: noRealms,
};

const longestName = 255;

/** What can be seen to be wrong before anything is asked. The main process has the last word on all of it. */
export function checkConnect(values: ConnectValues): FieldMessages {
  const found: FieldMessages = {};
  const name = values.name.trim();
  if (name === "") found.name = "clusters.form.name.empty";
  else if (name.length > longestName) found.name = "clusters.form.name.long";
  if (values.address.trim() === "") found.address = "error.address.empty";
  if (inBrowser(values) !== null) return found;
  if (!loginNameSchema.safeParse(loginOf(values)).success) {
    if (values.kind === "password") found.user = userMessage(values.user.trim());
    else found.tokenId = "clusters.form.tokenId.wrong";
  }
  if (values.secret === "") {
    found.secret = values.kind === "password" ? "clusters.form.password.empty" : "clusters.form.token.empty";
  }
  return found;
}

function userMessage(user: string): MessageId {
  if (user === "") return "clusters.form.user.empty";
  return user.includes("@") ? "clusters.form.user.wrong" : "clusters.form.user.noRealm";
}

/** The realm whose provider logs in, in the browser; null = something has to be typed here. */
export function inBrowser(values: ConnectValues): string | null {
  return values.kind === "password" ? openIdRealm(values.realms) : null;
}

function loginOf(values: ConnectValues) {
  return values.kind === "password"
    ? { kind: "password" as const, user: userWithRealm(values.user, values.realms) }
    : { kind: "token" as const, tokenId: values.tokenId.trim() };
}

export function credentialOf(values: ConnectValues): Input<"clusters.register">["credential"] {
  const realm = inBrowser(values);
  return realm === null ? { ...loginOf(values), secret: values.secret } : { kind: "openid", realm };
}

/** The server's names for what stands in the form. */
const serverNames: Readonly<Record<string, ConnectField>> = {
  username: "user",
  realm: "user",
  userid: "user",
  tokenid: "tokenId",
  password: "secret",
  address: "address",
  name: "name",
};

function fieldOfCode(code: ErrorCode): ConnectField | null {
  if (code === "cluster.nameTaken") return "name";
  if (code.startsWith("proxy.")) return "proxy";
  if (code.startsWith("address.") || code === "server.nameNotFound") return "address";
  if (code === "server.wrongCredentials" || code === "server.tokenRefused") return "secret";
  return null;
}

/** A refusal by the fields at which it is shown; `rest`: what concerns none of them alone and gets a panel. */
export function refusalAtFields(
  error: AppError | null,
  names: Readonly<Record<string, ConnectField>> = serverNames,
): FieldErrors<ConnectField> {
  if (error === null) return { at: {}, rest: null };
  const data = toErrorData(error);
  // The same codes as for the server's own address: the field tells which of the two it was.
  const field = error.details.fields?.["proxyAddress"] === undefined ? fieldOfCode(error.code) : "proxy";
  if (field === null) return fieldErrors(data, names);
  return { at: { [field]: errorText(data) }, rest: null };
}

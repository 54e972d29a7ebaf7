import { ADMIN, APP_TOKEN, AUDITOR, NOBODY, NO_ACL_TOKEN, TOTP } from "../../simulator/credentials.ts";
import { totpCode } from "../../simulator/access/totp.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { anonymous, logIn, withToken, type Headers } from "./client.ts";
import type { Recording } from "./recordings.ts";

/** A user that the recorded requests made and removed again. */
export const TEMP = { username: "temp@pve", password: "simulator-temp" } as const;
export const TEMP_TOKEN = { id: "temp@pve!exp", secret: "5a1e0000-0000-4000-8000-00000000c001" } as const;

const ACCOUNTS: Readonly<Record<string, { readonly username: string; readonly password: string }>> =
  Object.fromEntries([ADMIN, AUDITOR, NOBODY, TOTP, TEMP].map((one) => [one.username, one]));
const TOKENS = new Map<string, { readonly id: string; readonly secret: string }>([
  ["token:admin@pve!lab", APP_TOKEN],
  ["token:admin@pve!sep", NO_ACL_TOKEN],
  [`token:${TEMP_TOKEN.id}`, TEMP_TOKEN],
]);

const MINUTE = 60_000;

/** How old the recorded ticket was, in milliseconds; a future one is negative. `119 minutes ago`, `3 hours ago`, `4 minutes`. */
function ageOf(auth: string, name: string): number {
  const text = /\(([^)]+)\)$/.exec(auth)?.[1] ?? /-(\d+(?:min|h))$/.exec(name)?.[1] ?? "";
  const count = Number(/\d+/.exec(text)?.[0] ?? 0) * (/h/.test(text) ? 60 : 1) * MINUTE;
  const future = text !== "" && (/future/.test(name) || text.endsWith("minutes"));
  return future ? -count : count;
}

type Login = { readonly ticket: string; readonly headers: Headers };

/** A ticket that was issued so long ago, by moving the server's clock meanwhile. */
async function ticketOf(
  simulator: Simulator,
  account: (typeof ACCOUNTS)[string],
  age: number,
): Promise<Login> {
  simulator.control.setClockOffset(-age);
  const { headers } = await logIn(simulator, account);
  simulator.control.setClockOffset(0);
  const ticket = decodeURIComponent((headers["Cookie"] ?? "").replace(/^PVEAuthCookie=/, ""));
  return { ticket, headers };
}

async function challengeOf(simulator: Simulator): Promise<string> {
  const { username, password } = TOTP;
  const reply = await anonymous(simulator).post("/access/ticket", { username, password });
  const data = reply.body?.data as { readonly ticket: string } | null | undefined;
  if (!data) throw new Error(`no challenge: ${reply.status} ${reply.reason}`);
  return data.ticket;
}

/** The cookie, header or token that stands for the recorded one; everything else of the headers as it was. */
async function headersFor(simulator: Simulator, recording: Recording): Promise<Headers> {
  const headers: Record<string, string> = { ...recording.request.headers };
  const token = TOKENS.get(recording.auth);
  if (token) return { ...headers, ...withToken(simulator, token).headers };
  if (recording.auth === "partial-tfa-ticket")
    return { ...headers, Cookie: `PVEAuthCookie=${encodeURIComponent(await challengeOf(simulator))}` };
  const bare = /ticket-in-authorization-header|unencoded-cookie-ticket/.test(recording.name);
  const account = ACCOUNTS[/^ticket:([^(]+)/.exec(recording.auth)?.[1] ?? (bare ? ADMIN.username : "")];
  if (!account) return headers;
  if (account === TOTP) return { ...headers, ...(await secondFactor(simulator)) };
  const own = await ticketOf(simulator, account, ageOf(recording.auth, ""));
  if (/unencoded/.test(recording.name)) return { ...headers, Cookie: `PVEAuthCookie=${own.ticket}` };
  if (headers["Authorization"]?.startsWith("PVEAuthCookie=") === true)
    return { ...headers, Authorization: `PVEAuthCookie=${encodeURIComponent(own.ticket)}` };
  if (headers["Cookie"] !== undefined) headers["Cookie"] = own.headers["Cookie"] ?? "";
  if (headers["CSRFPreventionToken"] !== undefined && !/csrf/.test(recording.name))
    headers["CSRFPreventionToken"] = own.headers["CSRFPreventionToken"] ?? "";
  return headers;
}

const codeNow = (): string => totpCode(TOTP.secret, Math.floor(Date.now() / 1000));

async function secondFactor(simulator: Simulator): Promise<Headers> {
  const challenge = await challengeOf(simulator);
  const reply = await anonymous(simulator).post("/access/ticket", {
    username: TOTP.username,
    password: `totp:${codeNow()}`,
    "tfa-challenge": challenge,
  });
  const data = reply.body?.data as { readonly ticket: string; readonly CSRFPreventionToken: string };
  return {
    Cookie: `PVEAuthCookie=${encodeURIComponent(data.ticket)}`,
    CSRFPreventionToken: data.CSRFPreventionToken,
  };
}

/** The secrets that were taken out of a login, put back: a password, a ticket in its place, or a second step. */
async function bodyFor(simulator: Simulator, recording: Recording): Promise<string | null> {
  const { body } = recording.request;
  if (body !== null && recording.name === "PUT__access-password__ok")
    return body.replace(/confirmation-password=[^&]*/, `confirmation-password=${ADMIN.password}`);
  if (body === null || !recording.name.startsWith("POST__access-ticket__")) return body;
  const kind = recording.name.replace("POST__access-ticket__", "");
  if (kind === "tfa-ok") {
    const form = new URLSearchParams({ username: TOTP.username, password: `totp:${codeNow()}` });
    form.set("tfa-challenge", await challengeOf(simulator));
    return form.toString();
  }
  const secret = kind.startsWith("renew-")
    ? (await ticketOf(simulator, ADMIN, ageOf("", kind))).ticket
    : ACCOUNTS[/(\w+)(?:@|%40)pve/.exec(body)?.[1]?.concat("@pve") ?? ADMIN.username]?.password;
  const json = body.startsWith("{");
  if (/^(wrong|unknown|pam|with-token)/.test(kind)) return body;
  return body.replace("REDACTED-PASSWORD", json ? (secret ?? "") : encodeURIComponent(secret ?? ""));
}

/** A recorded request with credentials that are good here. Leaves the server's clock as it was. */
export async function livingRequest(
  simulator: Simulator,
  recording: Recording,
): Promise<{
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string | null;
}> {
  const { method, request } = recording;
  const body = await bodyFor(simulator, recording);
  return { method, url: request.url, headers: await headersFor(simulator, recording), body };
}

/** Recordings for which `bringAbout` has something to do. */
export const STATES =
  /pmxcfs-down|pvedaemon-(?:down|frozen)|connection-refused|unreachable-timeout|hung-after-connect|foreign-certificate|user-(?:disabled|deleted)-live|expired-token/;

/** The state into which the lab was brought for a recording, after the login. */
export function bringAbout(simulator: Simulator, { name, auth }: Recording): void {
  const { control } = simulator;
  if (/pmxcfs-down/.test(name)) control.setAilment("pmxcfs-down");
  if (/pvedaemon-down/.test(name)) control.setAilment("pvedaemon-down");
  if (/pvedaemon-frozen/.test(name)) control.setAilment("pvedaemon-frozen");
  if (/connection-refused/.test(name))
    control.setNodeOnline("pve2", false, name.startsWith("GET__nodes-pve2-qemu") ? "nameless" : "refused");
  if (/unreachable-timeout/.test(name)) control.setNodeOnline("pve3", false, "timeout");
  if (/hung-after-connect/.test(name)) control.setNodeOnline("pve3", false, "hung");
  if (/foreign-certificate/.test(name)) control.setNodeOnline("pve4", false, "certificate");
  if (/user-disabled-live/.test(name)) control.setUserEnabled(TEMP.username, false);
  if (/user-deleted-live/.test(name)) control.removeUser(TEMP.username);
  if (auth === `token:${TEMP_TOKEN.id}` && /expired/.test(name)) control.expireToken(TEMP_TOKEN.id);
}

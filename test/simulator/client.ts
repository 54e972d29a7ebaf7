import { request } from "node:https";
import { ADMIN } from "../../simulator/credentials.ts";
import type { Simulator } from "../../simulator/simulator.ts";

export type Reply = {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: Buffer;
  /** The parsed body, or null when it is no JSON. */
  readonly body: {
    readonly data: unknown;
    readonly message?: string;
    readonly errors?: Record<string, string>;
    readonly total?: number;
  } | null;
};

/** Whichever product is spoken to. */
export type Server = Pick<Simulator, "port" | "certificatePem">;
export type Headers = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, string | number>>;

export type RawRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers?: Headers;
  readonly body?: string | null;
};

function parsed(raw: Buffer): Reply["body"] {
  try {
    return JSON.parse(raw.toString("utf8")) as Reply["body"];
  } catch {
    // Refusals by the proxy have no body, some errors are plain text: both are looked at as bytes.
    return null;
  }
}

/** A request as it would leave any HTTP client, without the app's own client between. */
export async function raw(simulator: Server, wish: RawRequest): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const body = wish.body ?? null;
  const length: Headers = body === null ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const outgoing = request(
    {
      host: "127.0.0.1",
      port: simulator.port,
      method: wish.method,
      path: wish.url,
      headers: { ...wish.headers, ...length },
      ca: simulator.certificatePem,
      checkServerIdentity: () => undefined,
      agent: false,
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? "",
          headers: incoming.headers,
          raw: bytes,
          body: parsed(bytes),
        });
      });
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body ?? undefined);
  return promise;
}

const query = (fields: Fields): string =>
  new URLSearchParams(
    Object.entries(fields).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();

export type Session = {
  readonly headers: Headers;
  readonly get: (path: string, fields?: Fields) => Promise<Reply>;
  readonly post: (path: string, fields?: Fields) => Promise<Reply>;
  readonly put: (path: string, fields?: Fields) => Promise<Reply>;
  readonly del: (path: string, fields?: Fields) => Promise<Reply>;
};

/** Calls with fixed headers; parameters go where Proxmox wants them. */
export function session(simulator: Server, headers: Headers): Session {
  const inQuery =
    (method: string) =>
    async (path: string, fields: Fields = {}) => {
      const text = query(fields);
      return raw(simulator, { method, url: `/api2/json${path}${text ? `?${text}` : ""}`, headers });
    };
  const inBody =
    (method: string) =>
    async (path: string, fields: Fields = {}) =>
      raw(simulator, {
        method,
        url: `/api2/json${path}`,
        headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
        body: query(fields),
      });
  return { headers, get: inQuery("GET"), del: inQuery("DELETE"), post: inBody("POST"), put: inBody("PUT") };
}

export const anonymous = (simulator: Server): Session => session(simulator, {});

export const withToken = (
  simulator: Simulator,
  token: { readonly id: string; readonly secret: string },
): Session => session(simulator, { Authorization: `PVEAPIToken=${token.id}=${token.secret}` });

/** Logs in and keeps the ticket as the cookie a browser would send. Throws when refused. */
export async function logIn(
  simulator: Simulator,
  account: { readonly username: string; readonly password: string } = ADMIN,
): Promise<Session> {
  const reply = await anonymous(simulator).post("/access/ticket", {
    username: account.username,
    password: account.password,
  });
  const data = reply.body?.data as { ticket: string; CSRFPreventionToken: string } | null;
  if (!data) throw new Error(`login refused: ${reply.status} ${reply.reason}`);
  return session(simulator, {
    Cookie: `PVEAuthCookie=${encodeURIComponent(data.ticket)}`,
    CSRFPreventionToken: data.CSRFPreventionToken,
  });
}

/** Rows of a list answer. */
export function rows(reply: Reply): readonly Record<string, unknown>[] {
  const data = reply.body?.data;
  if (!Array.isArray(data)) throw new Error(`no list: ${reply.status} ${reply.reason}`);
  return data as Record<string, unknown>[];
}

/** The texts of a log answer. */
export const texts = (reply: Reply): readonly string[] => rows(reply).map((row) => String(row["t"]));

/** The UPID of an accepted start. Throws when it was refused. */
export function upidOf(reply: Reply): string {
  const upid = reply.body?.data;
  if (typeof upid !== "string" || !upid.startsWith("UPID:"))
    throw new Error(`no task: ${reply.status} ${reply.reason} ${String(upid)}`);
  return upid;
}

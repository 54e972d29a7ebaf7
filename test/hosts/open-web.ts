import { mkdtemp, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { WebSocket } from "ws";

import { openAssets } from "../../electron/assets.ts";
import { type Log, silentLog } from "../../electron/log.ts";
import { openWebHost, type WebHost } from "../../electron/web/server.ts";
import { createSmallHouse, type SmallHouse } from "../fakes/small-house.ts";

export interface OpenWeb {
  readonly web: WebHost;
  readonly house: SmallHouse;
  readonly port: number;
  readonly origin: string;
  /** Moves the clock of sessions and tokens. */
  advance(ms: number): void;
}

/** A loopback host with a tiny renderer and a small house behind it. */
export async function openWeb(
  log: Log = silentLog,
  house: SmallHouse = createSmallHouse(),
): Promise<OpenWeb> {
  const directory = await mkdtemp(join(tmpdir(), "pxm-web-"));
  const files = {
    "index.html": "text/html; charset=utf-8",
    "assets/app.js": "text/javascript; charset=utf-8",
  };
  await writeFile(join(directory, "index.html"), "<!doctype html><title>Proxmoxer</title>");
  await writeFile(join(directory, "secret.txt"), "CANARY-not-in-the-table");
  await writeFile(join(directory, "files.json"), JSON.stringify(files));
  let time = 0;
  const web = await openWebHost({
    port: 0,
    assets: await openAssets(directory),
    dispatch: house.dispatch,
    log,
    now: () => time,
    version: "1.2.3",
  });
  return {
    web,
    house,
    port: web.port,
    origin: `http://127.0.0.1:${web.port}`,
    advance: (ms) => {
      time += ms;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export function ask(
  { port }: OpenWeb,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: "127.0.0.1", port, path, method: options.method ?? "GET", headers: options.headers ?? {} },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (body += part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
        response.on("error", reject);
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });
}

/** Sends exactly these bytes; what comes back until the other side closes. */
export function askRaw({ port }: OpenWeb, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => (answer += part));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

export function tokenOf(web: WebHost): string {
  return new URL(web.newAddress()).hash.slice("#t=".length);
}

export function redeem(open: OpenWeb, token: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(open, "/session", {
    method: "POST",
    headers: { origin: open.origin, "content-type": "application/json", "x-proxmoxer": "1", ...headers },
    body: JSON.stringify({ token }),
  });
}

export async function logIn(open: OpenWeb): Promise<{ readonly cookie: string; readonly csrf: string }> {
  const answer = await redeem(open, tokenOf(open.web));
  const cookie = answer.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
  const { csrf } = JSON.parse(answer.body) as { csrf: string };
  return { cookie, csrf };
}

export interface SocketTry {
  readonly headers?: Record<string, string | undefined>;
  readonly protocols?: string[];
  readonly path?: string;
}

/** Tries a WebSocket; the open socket, or the status that the upgrade was refused with. */
export function trySocket(
  open: OpenWeb,
  session: { readonly cookie: string; readonly csrf: string },
  wish: SocketTry = {},
): Promise<WebSocket | number> {
  const headers = Object.fromEntries(
    Object.entries({ origin: open.origin, cookie: session.cookie, ...wish.headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const protocols = wish.protocols ?? ["proxmoxer", session.csrf];
  const socket = new WebSocket(`ws://127.0.0.1:${open.port}${wish.path ?? "/bridge"}`, protocols, {
    headers,
  });
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket));
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on("error", reject);
  });
}

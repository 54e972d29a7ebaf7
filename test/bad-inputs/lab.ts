import type { IncomingHttpHeaders } from "node:http";

import { onTestFinished } from "vitest";

import type { Session } from "../../electron/proxmox/session.ts";
import type { AppError } from "../../shared/errors.ts";
import { fakeClock } from "../proxmox/fake-clock.ts";
import { apiServer, bytesServer, failureOf, never, tokenSession } from "../proxmox/test-server.ts";
import type { TestServer } from "../proxmox/test-server.ts";
import { listResources } from "../../electron/proxmox/pve/cluster.ts";

/** Closes it with the test that opened it. */
export function track<T extends { readonly close: () => Promise<void> }>(thing: T): T {
  onTestFinished(async () => await thing.close());
  return thing;
}

export interface Said {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Talk {
  readonly session: Session;
  readonly server: TestServer;
  /** What was asked, in order: `GET /api2/json/…`. */
  readonly asked: readonly string[];
  readonly headers: readonly IncomingHttpHeaders[];
}

const isVersion = (url: string | undefined): boolean => url === "/api2/json/version";

/** A server that is PVE 9.2 and gives this one answer to everything else. */
export async function saying(body: string | Buffer, said: Said = {}): Promise<Talk> {
  const asked: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = track(
    await apiServer((request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      headers.push(request.headers);
      if (isVersion(request.url)) {
        response.end('{"data":{"version":"9.2.11"}}');
        return;
      }
      const type = { "content-type": "application/json;charset=UTF-8" };
      response.writeHead(said.status ?? 200, said.reason ?? "OK", { ...type, ...said.headers });
      response.end(body);
    }),
  );
  return { session: track(tokenSession(server, { clock: fakeClock() })), server, asked, headers };
}

export async function sayingJson(value: unknown, said: Said = {}): Promise<Session> {
  return (await saying(JSON.stringify(value), said)).session;
}

/** A server that answers with these bytes, HTTP or not. */
export async function sayingBytes(answer: string | Buffer): Promise<Session> {
  const server = track(await bytesServer(answer));
  return track(tokenSession(server, { clock: fakeClock() }));
}

/** How the list of guests fails; that it fails is part of the claim. */
export async function refusalOf(session: Session): Promise<AppError> {
  return await failureOf(listResources(session, {}, never));
}

export const guest = (vmid: unknown, more: object = {}): object => ({
  id: `qemu/${String(vmid)}`,
  type: "qemu",
  vmid,
  node: "pve1",
  name: "vm",
  status: "running",
  ...more,
});

export async function guestsIn(rows: readonly unknown[]) {
  return await listResources(await sayingJson({ data: rows }), {}, never);
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ledger } from "./ledger.ts";

/** What other processes may look at. */
type Viewed = {
  readonly ledger: Ledger;
  readonly tasks: readonly unknown[];
  readonly world: { readonly users: unknown; readonly tokens: unknown };
};

type ControlServer = { readonly port: number; readonly close: () => Promise<void> };

/**
 * The controls for another process, on a plain loopback port of its own: POST /<control> with a JSON array of arguments,
 * GET /ledger, /traffic, /tasks or /world. Opened only on request, and only for programs: a body must be JSON, which a web page cannot send unasked.
 */
export async function openControlServer(
  controls: Readonly<Record<string, unknown>>,
  state: Viewed,
): Promise<ControlServer> {
  const views: Readonly<Record<string, () => unknown>> = {
    "/ledger": () => state.ledger.entries(),
    "/traffic": () => ({ ...state.ledger.wire.traffic(), requests: state.ledger.requests().length }),
    "/tasks": () => state.tasks,
    "/world": () => ({ ...state.world, users: undefined, tokens: undefined }),
  };
  const run = async (url: string, method: string, type: string, body: string): Promise<unknown> => {
    if (method === "GET") return views[url]?.() ?? Promise.reject(new Error(`no view ${url}`));
    if (!type.startsWith("application/json")) throw new Error("a control takes a JSON array");
    const control: unknown = controls[url.slice(1)];
    if (typeof control !== "function") throw new Error(`no control ${url}`);
    return (control as (...args: readonly unknown[]) => unknown)(
      ...(JSON.parse(body || "[]") as readonly unknown[]),
    );
  };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const reply = (status: number, value: unknown): void => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ result: value ?? null }));
      };
      run(
        incoming.url ?? "",
        incoming.method ?? "",
        incoming.headers["content-type"] ?? "",
        Buffer.concat(chunks).toString("utf8"),
      ).then(
        (value) => reply(200, value),
        (error: unknown) => reply(400, String(error)),
      );
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

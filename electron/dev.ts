import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { createServer, type Plugin } from "vite";

import { sessionPath, socketPath } from "../shared/web-bridge.ts";
import { buildApp, root } from "./build.ts";

/** Several files of one save come within a few milliseconds; the host is restarted once for all of them. */
const settleMs = 150;
const rooms = ["electron", "shared", "simulator"];
const restarted = "proxmoxer:restarted";

interface Ready {
  readonly address: string;
  readonly port: number;
}

/** A restart ends all sessions: the open page is given the next token and loads itself again. In development only. */
const reloadOnRestart: Plugin = {
  name: "proxmoxer-reload",
  transformIndexHtml: () => [
    {
      tag: "script",
      attrs: { type: "module" },
      injectTo: "head",
      children: [
        `import { createHotContext } from "/@vite/client";`,
        `createHotContext("/proxmoxer").on(${JSON.stringify(restarted)}, ({ token }) => {`,
        `  location.hash = "t=" + token;`,
        `  location.reload();`,
        `});`,
      ].join("\n"),
    },
  ],
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Starts the host from its sources and waits for its address. */
async function startHost(
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly ready: Ready }> {
  const child = spawn(
    process.execPath,
    [join(root, "electron/serve.ts"), "--ready-json", "--verbose", ...args],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
  });
  return { child, ready: JSON.parse(line) as Ready };
}

async function stopHost(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

async function dev(args: readonly string[]): Promise<void> {
  // The host serves no page here, but it wants the table of a built one.
  if (!existsSync(join(root, "dist/renderer/files.json"))) await buildApp();
  let host = await startHost(args);
  const hostOrigin = `http://127.0.0.1:${host.ready.port}`;
  const server = await createServer({
    root: join(root, "renderer"),
    configFile: join(root, "renderer/vite.config.ts"),
    plugins: [reloadOnRestart],
    server: {
      host: "127.0.0.1",
      cors: false,
      proxy: Object.fromEntries(
        [sessionPath, socketPath, "/health"].map((path) => [
          // Exactly this path: `/session` alone would also take the page's own `/session.ts`.
          `^${path}$`,
          {
            target: hostOrigin,
            changeOrigin: true,
            ws: path === socketPath,
            headers: { origin: hostOrigin },
          },
        ]),
      ),
    },
  });
  await server.listen();
  const page = server.resolvedUrls?.local[0] ?? "";
  const announce = (): string => {
    const { hash } = new URL(host.ready.address);
    say(`Proxmoxer: ${page}${hash}`);
    return hash.slice("#t=".length);
  };
  announce();

  async function restart(): Promise<void> {
    await stopHost(host.child);
    try {
      host = await startHost([...args, "--port", String(host.ready.port)]);
      server.ws.send(restarted, { token: announce() });
    } catch (error) {
      // Most often a typing mistake in the middle of a change: the next save tries again.
      say(String(error));
    }
  }

  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(restart);
    }, settleMs);
  };
  for (const room of rooms) watch(join(root, room), { recursive: true }, later);

  const end = (): void => {
    stopHost(host.child)
      .then(() => server.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}

await dev(process.argv.slice(2));

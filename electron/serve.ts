import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { AppError } from "../shared/errors.ts";
import { en } from "../shared/messages/en.ts";
import { openAssets } from "./assets.ts";
import { type App, openApp } from "./compose.ts";
import { dataDirectory } from "./data-directory.ts";
import { createHub } from "./hub.ts";
import { version } from "./version.ts";
import { hasDisplay, openBrowser } from "./web/browser.ts";
import { createLoopbackHost } from "./web/host.ts";
import { openWebHost, type WebHost } from "./web/server.ts";

/** The built renderer, from the sources as from the built entry. */
const rendererDirectory = import.meta.url.endsWith(".ts") ? "../dist/renderer" : "../renderer";

interface ServeArguments {
  readonly port: number;
  readonly directory: string;
  /** One line of JSON instead of the sentence: for tests and tools. */
  readonly readyJson: boolean;
  readonly open: boolean;
  readonly verbose: boolean;
}

function readArguments(given: readonly string[]): ServeArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      port: { type: "string", default: "0" },
      "data-dir": { type: "string" },
      "ready-json": { type: "boolean", default: false },
      open: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const port = /^\d{1,5}$/u.test(values.port) ? Number(values.port) : -1;
  if (port < 0 || port > 65_535) throw new TypeError("--port is a number from 0 to 65535");
  return {
    port,
    directory: values["data-dir"] ?? dataDirectory(),
    readyJson: values["ready-json"],
    open: values.open,
    verbose: values.verbose,
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function announce(web: WebHost, args: ServeArguments): void {
  const address = web.newAddress();
  say(
    args.readyJson ? JSON.stringify({ address, port: web.port, pid: process.pid }) : `Proxmoxer: ${address}`,
  );
}

/** Ends on the terminal's and the system's signals, once, with the store closed. */
function endOnSignals(web: WebHost, app: App): void {
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      web
        .close()
        .then(() => app.close())
        .then(
          () => process.exit(0),
          () => process.exit(1),
        );
    });
  }
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const hub = createHub();
  let web: WebHost | undefined;
  const openWindow = (): void => {
    if (web === undefined || !hasDisplay(process.platform, process.env)) return;
    void openBrowser(web.newAddress(), args.directory);
  };
  const { host, file } = createLoopbackHost({ hub, openWindow });
  const app = await openApp({
    host,
    hub,
    dataDirectory: args.directory,
    startDemo: async (stateFile) => (await import("../simulator/demo.ts")).startDemo(stateFile),
    streams: { "host.file": file },
    echo: args.verbose ? (line) => process.stderr.write(line) : undefined,
  });
  web = await openWebHost({
    port: args.port,
    assets: await openAssets(fileURLToPath(new URL(rendererDirectory, import.meta.url))),
    dispatch: app.dispatch,
    log: app.log,
    now: () => performance.now(),
    version,
  });
  endOnSignals(web, app);
  announce(web, args);
  if (args.open) openWindow();
  // A printed address works once and for two minutes; Enter prints the next one.
  if (process.stdin.isTTY) {
    const again = web;
    process.stdin.on("data", () => announce(again, args));
  }
}

try {
  await main();
} catch (error) {
  const known = error instanceof AppError ? en[`error.${error.code}`] : String(error);
  process.stderr.write(`${en["terminal.startFailed"]} ${known}\n`);
  process.exit(1);
}

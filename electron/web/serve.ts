import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { AppError } from "../../shared/errors.ts";
import { en } from "../../shared/messages/en.ts";
import { openAssets } from "../assets.ts";
import { type App, type AppOptions, openApp } from "../compose.ts";
import { dataDirectory } from "../data-directory.ts";
import { createHub } from "../hub.ts";
import { version } from "../version.ts";
import { hasDisplay, openBrowser } from "./browser.ts";
import { createLoopbackHost } from "./host.ts";
import { openWebHost, type WebHost } from "./server.ts";

/** The built renderer, from the sources as from the built app. */
const rendererDirectory = import.meta.url.endsWith(".ts") ? "../../dist/renderer" : "../renderer";

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

/**
 * The whole loopback host: opens the house, serves it, announces its address. `house` is what the entry adds: the demo cluster, and in
 * tests also what makes it fail.
 */
export async function serve(
  given: readonly string[],
  house: Pick<AppOptions, "startDemo" | "house">,
): Promise<void> {
  try {
    await openAndServe(readArguments(given), house);
  } catch (error) {
    const known = error instanceof AppError ? en[`error.${error.code}`] : String(error);
    process.stderr.write(`${en["terminal.startFailed"]} ${known}\n`);
    process.exit(1);
  }
}

async function openAndServe(
  args: ServeArguments,
  house: Pick<AppOptions, "startDemo" | "house">,
): Promise<void> {
  const hub = createHub();
  const served: { web?: WebHost } = {};
  const openWindow = (): void => {
    if (served.web === undefined || !hasDisplay(process.platform, process.env)) return;
    void openBrowser(served.web.newAddress(), args.directory);
  };
  const { host, file } = createLoopbackHost({ hub, openWindow });
  const app = await openApp({
    host,
    hub,
    dataDirectory: args.directory,
    ...house,
    streams: { "host.file": file },
    echo: args.verbose ? (line) => process.stderr.write(line) : undefined,
  });
  const web = await openWebHost({
    port: args.port,
    assets: await openAssets(fileURLToPath(new URL(rendererDirectory, import.meta.url))),
    dispatch: app.dispatch,
    log: app.log,
    now: () => performance.now(),
    version,
  });
  served.web = web;
  endOnSignals(web, app);
  announce(web, args);
  if (args.open) openWindow();
  // A printed address works once and for two minutes; Enter prints the next one.
  if (process.stdin.isTTY) process.stdin.on("data", () => announce(web, args));
}

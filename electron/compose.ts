import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { createDispatch, type Dispatch } from "./dispatch.ts";
import type { Host } from "./host.ts";
import { createHouse, type HouseOptions } from "./house.ts";
import { ulid } from "./jobs/ulid.ts";
import type { Hub } from "./hub.ts";
import { openLog, type LogFile } from "./log.ts";
import type { Handlers, StreamHandlers } from "./operations/handlers.ts";
import { createRedactor } from "./proxmox/secret.ts";

export interface AppOptions {
  readonly host: Host;
  readonly hub: Hub;
  readonly dataDirectory: string;
  readonly startDemo: HouseOptions["startDemo"];
  /** Tests only: what makes the house fail or hurry. */
  readonly house?: Pick<HouseOptions, "failpoint" | "limits" | "looksUp" | "clock">;
  /** Streams whose body is the host's own. */
  readonly streams?: Partial<StreamHandlers>;
  /** Development: lines of the log also go here. */
  readonly echo?: ((line: string) => void) | undefined;
}

export interface App {
  readonly dispatch: Dispatch;
  /** For the host's own few questions; windows go through dispatch. */
  readonly handlers: Handlers;
  readonly log: LogFile;
  /** Ends calls, stops following (jobs go on at their servers) and closes the store, in this order. */
  close(): Promise<void>;
}

/** The worker beside us: a source under type stripping, its bundle in the built app. */
function workerUrl(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./store/database-worker.ts" : "./database-worker.js", import.meta.url);
}

/** Log, house and dispatch for one host: what both entries share. */
export async function openApp(options: AppOptions): Promise<App> {
  const { host, hub, dataDirectory } = options;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const redactor = createRedactor();
  const log = openLog({ directory: join(dataDirectory, "log"), redact: redactor.redact, echo: options.echo });
  const opening = createHouse({
    host,
    hub,
    dataDirectory,
    workerUrl: workerUrl(),
    startDemo: options.startDemo,
    log,
    redactor,
    ...options.house,
  });
  opening.catch((error: unknown) => log.error({ error }, "the house could not be opened"));
  const house = await opening;
  const dispatch = createDispatch({
    handlers: house.handlers,
    streams: { ...house.streams, ...options.streams },
    hub,
    log,
    newTrace: () => `pxm:${ulid(Date.now(), randomBytes)}`,
    now: () => performance.now(),
  });
  return {
    dispatch,
    handlers: house.handlers,
    log,
    async close() {
      await dispatch.close();
      await house.close();
      log.close();
    },
  };
}

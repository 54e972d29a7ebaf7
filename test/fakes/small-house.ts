import { createDispatch, type Dispatch, type DispatchOptions } from "../../electron/dispatch.ts";
import { createHub, type Hub } from "../../electron/hub.ts";
import { silentLog } from "../../electron/log.ts";
import type { Handlers, StreamHandlers } from "../../electron/operations/handlers.ts";
import { AppError } from "../../shared/errors.ts";
import { operations } from "../../shared/operations.ts";
import { settingsSchema } from "../../shared/settings.ts";

export interface SmallHouse {
  readonly dispatch: Dispatch;
  readonly hub: Hub;
}

/** Dispatch over a few handlers that really do something; all others refuse. For tests of what stands around the operations. */
export function createSmallHouse(
  handlers: Partial<Handlers> = {},
  options: Partial<Omit<DispatchOptions, "handlers" | "hub">> = {},
): SmallHouse {
  const hub = createHub();
  let settings = settingsSchema.parse({});
  const real: Partial<Handlers> = {
    "app.info": () =>
      Promise.resolve({
        version: "0.0.0",
        host: "loopback",
        platform: "test",
        dataDirectory: "/nowhere",
        readOnly: false,
        recovered: [],
        demoAvailable: false,
      }),
    "settings.get": () => Promise.resolve(settings),
    "settings.set": (patch) => {
      settings = settingsSchema.parse({ ...settings, ...patch });
      hub.emit("settings.changed", settings);
      return Promise.resolve(settings);
    },
    "vault.status": () =>
      Promise.resolve({ state: "undecided", systemAvailable: false, systemBackend: null }),
    "clusters.list": () => Promise.resolve({ revision: 0, items: [] }),
    ...handlers,
  };
  const refusing = Object.fromEntries(
    Object.keys(operations).map((name) => [name, () => Promise.reject(new AppError("host.unsupported"))]),
  );
  let traces = 0;
  const dispatch = createDispatch({
    handlers: { ...refusing, ...real } as Handlers,
    streams: options.streams ?? echoStreams,
    hub,
    log: options.log ?? silentLog,
    newTrace: options.newTrace ?? (() => `pxm:test-${(traces += 1)}`),
    now: options.now ?? (() => performance.now()),
  });
  return { dispatch, hub };
}

export const echoStreams: StreamHandlers = {
  "host.file": () => Promise.reject(new AppError("host.unsupported")),
  "bridge.echo": async (_input, duplex) => {
    for await (const chunk of duplex.incoming) await duplex.write(chunk);
  },
};

import { subscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { createDispatch } from "../../../electron/dispatch.ts";
import type { Host } from "../../../electron/host.ts";
import { createHouse } from "../../../electron/house.ts";
import { createHub } from "../../../electron/hub.ts";
import type { HitFailpoint } from "../../../electron/jobs/failpoint.ts";
import { failpointFromEnvironment } from "../../../electron/jobs/failpoint.ts";
import type { JobLimits } from "../../../electron/jobs/limits.ts";
import { openLog } from "../../../electron/log.ts";
import { createRedactor } from "../../../electron/proxmox/secret.ts";
import { openWebHost } from "../../../electron/web/server.ts";

/**
 * The whole host as electron/serve.ts makes it, for being killed: it hits failpoints, its waits are short, and it keeps secrets in a
 * stand-in of the system's safe place, so that a restart logs in by itself as the desktop app does.
 */

/** The rules stay, the waits shrink: the simulator answers in milliseconds and works many times as fast. */
const shortLimits: Partial<JobLimits> = {
  launchDeadline: 3000,
  windowBefore: 3000,
  windowAfter: 1000,
  lookEvery: 150,
  goneTolerance: 1000,
  pace: [[Number.POSITIVE_INFINITY, 150]],
  pausedPace: 200,
  proofEvery: 100,
  proofPatience: 5000,
};

const host: Host = {
  kind: "loopback",
  secrets: {
    backend: "test",
    encrypt: (text) => Promise.resolve(Buffer.from(text, "utf8").map((byte) => byte ^ 0x5a)),
    decrypt: (data) =>
      Promise.resolve({ text: Buffer.from(data.map((byte) => byte ^ 0x5a)).toString("utf8"), again: false }),
  },
  saveFile: () => Promise.resolve(false),
  pickFile: () => Promise.resolve(null),
  openLink: () => Promise.resolve(),
  notify: () => undefined,
  openWindow: () => undefined,
};

const launches = /\/(?:vzdump|qemu|lxc)$/u;

/** The moments between engine and network, as undici tells them of each launch. */
function watchWire(hit: HitFailpoint): void {
  const on = (channel: string, name: Parameters<HitFailpoint>[0]): void =>
    subscribe(channel, (message) => {
      const { request } = message as { readonly request: { readonly method: string; readonly path: string } };
      if (request.method === "POST" && launches.test(request.path)) hit(name);
    });
  on("undici:client:sendHeaders", "post.partial");
  on("undici:request:bodySent", "post.sent");
  on("undici:request:headers", "reply.headers");
}

const { values } = parseArgs({
  options: {
    "data-dir": { type: "string", default: "" },
    "no-look-up": { type: "boolean", default: false },
    "ready-json": { type: "boolean", default: true },
  },
});
const directory = values["data-dir"];
const hub = createHub();
const redactor = createRedactor();
const log = openLog({ directory: join(directory, "log"), redact: redactor.redact });
const failpoint = failpointFromEnvironment(process.env);
watchWire(failpoint);
const house = await createHouse({
  host,
  hub,
  dataDirectory: directory,
  workerUrl: new URL("../../../electron/store/database-worker.ts", import.meta.url),
  startDemo: null,
  log,
  redactor,
  failpoint,
  limits: shortLimits,
  looksUp: !values["no-look-up"],
});
let calls = 0;
const dispatch = createDispatch({
  handlers: house.handlers,
  streams: house.streams,
  hub,
  log,
  newTrace: () => `call:${(calls += 1)}`,
  now: () => performance.now(),
});
const web = await openWebHost({
  port: 0,
  assets: () => Promise.resolve(undefined),
  dispatch,
  log,
  now: () => performance.now(),
  version: "kill",
});
process.on("SIGTERM", () => {
  void web
    .close()
    .then(() => dispatch.close())
    .then(() => house.close())
    .then(() => process.exit(0));
});
process.stdout.write(`${JSON.stringify({ address: web.newAddress(), port: web.port })}\n`);

import { fileURLToPath } from "node:url";

import { openAssets } from "../../electron/assets.ts";
import { silentLog } from "../../electron/log.ts";
import { openWebHost } from "../../electron/web/server.ts";
import { createSmallHouse } from "./small-house.ts";

/** Serves the built renderer over a house of a few operations: to look at pages without any server behind. */
const { dispatch } = createSmallHouse();
const host = await openWebHost({
  port: Number(process.argv[2] ?? 0),
  assets: await openAssets(fileURLToPath(new URL("../../dist/renderer", import.meta.url))),
  dispatch,
  log: silentLog,
  now: Date.now,
  version: "0.0.0",
});
process.stdout.write(`Proxmoxer: ${host.newAddress()}\n`);

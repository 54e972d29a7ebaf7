import { flag, optional, text } from "../../routes/route.ts";
import {
  ARRAY,
  BOOLEAN,
  COMMENT,
  DIGEST,
  required,
  SCHEDULE,
  STORE,
  STRING,
  type Parameter,
} from "../schema.ts";
import { datastoreOf, failed } from "../state.ts";
import type { Datastore, Maintenance } from "../world.ts";
import { checkDigest, digestOf } from "./accounts.ts";
import { maintenanceText } from "./datastores.ts";
import { answer, may, type Call, type Route } from "./route.ts";

function row(datastore: Datastore): object {
  const maintenance = maintenanceText(datastore);
  return {
    name: datastore.store,
    path: datastore.path,
    ...(datastore.comment === null ? {} : { comment: datastore.comment }),
    ...(datastore.gcSchedule === null ? {} : { "gc-schedule": datastore.gcSchedule }),
    ...(datastore.verifyNew ? { "verify-new": true } : {}),
    ...(maintenance === null ? {} : { "maintenance-mode": maintenance }),
    "notification-mode": "notification-system",
  };
}

function datastoreHere(call: Call): Datastore {
  const name = text(call, "name");
  const datastore = datastoreOf(call.state.world, name);
  if (!datastore) throw failed(`no such datastore '${name}'`);
  return datastore;
}

function maintenanceFrom(words: string): Maintenance {
  const found = /^(?:type=)?(offline|read-only)(?:,message="?([^"]*)"?)?$/.exec(words);
  if (!found) throw failed(`unable to parse maintenance mode '${words}'`);
  return { type: found[1] === "offline" ? "offline" : "read-only", message: found[2] ?? null };
}

function update(call: Call): null {
  const datastore = datastoreHere(call);
  checkDigest(call, row(datastore));
  const removed = call.params["delete"];
  for (const name of Array.isArray(removed) ? removed : []) {
    if (name === "comment") datastore.comment = null;
    if (name === "gc-schedule") datastore.gcSchedule = null;
    if (name === "verify-new") datastore.verifyNew = false;
    if (name === "maintenance-mode") datastore.maintenance = null;
  }
  datastore.comment = optional(call, "comment") ?? datastore.comment;
  datastore.gcSchedule = optional(call, "gc-schedule") ?? datastore.gcSchedule;
  if (call.params["verify-new"] !== undefined) datastore.verifyNew = flag(call, "verify-new");
  const maintenance = optional(call, "maintenance-mode");
  if (maintenance !== null) datastore.maintenance = maintenanceFrom(maintenance);
  call.state.changed();
  return null;
}

const NAME: Parameter = required(STORE);
const DELETABLE = ["comment", "gc-schedule", "verify-new", "maintenance-mode"];

/** The configuration of datastores, as far as a client changes it: comment, garbage collection, maintenance. */
export const storeConfigRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/config/datastore",
    run: (call) =>
      answer(
        call.state.world.datastores
          .filter((one) => may(call, `/datastore/${one.store}`, ["Datastore.Audit", "Datastore.Modify"]))
          .map(row),
        { digest: digestOf(call.state.world.datastores.map(row)) },
      ),
  },
  {
    method: "GET",
    path: "/config/datastore/{name}",
    permission: { path: "/datastore/{name}", privileges: ["Datastore.Audit"] },
    parameters: { name: NAME },
    run: (call) => {
      const shown = row(datastoreHere(call));
      return answer(shown, { digest: digestOf(shown) });
    },
  },
  {
    method: "PUT",
    path: "/config/datastore/{name}",
    permission: { path: "/datastore/{name}", privileges: ["Datastore.Modify"] },
    parameters: {
      name: NAME,
      comment: COMMENT,
      "gc-schedule": SCHEDULE,
      "verify-new": BOOLEAN,
      "maintenance-mode": STRING,
      delete: { ...ARRAY, enum: DELETABLE },
      digest: DIGEST,
    },
    run: (call) => answer(update(call)),
  },
];

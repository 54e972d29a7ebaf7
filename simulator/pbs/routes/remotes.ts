import { flag, optional, text } from "../../routes/route.ts";
import {
  ARRAY,
  AUTHID,
  badParameters,
  BOOLEAN,
  COMMENT,
  DIGEST,
  required,
  SAFE,
  STRING,
  type Parameter,
} from "../schema.ts";
import { failed } from "../state.ts";
import type { Remote } from "../world.ts";
import { checkDigest, digestOf } from "./accounts.ts";
import { backend } from "./datastores.ts";
import { answer, may, number, type Call, type Permission, type Route } from "./route.ts";

const NAME: Parameter = { ...SAFE, min: 3, max: 32 };
const PORT: Parameter = { type: "integer" };
const NODE_PROXY: Parameter = { ...BOOLEAN, since: "4.2" };
const FINGERPRINT: Parameter = { ...STRING, pattern: /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){31}$/ };
const PASSWORD: Parameter = { ...STRING, min: 1, max: 1024 };

/** Its password is never shown. */
function row(remote: Remote): object {
  const { password: _password, datastores: _datastores, ...shown } = remote;
  return shown;
}

function remoteHere(call: Call): Remote {
  const name = text(call, "name");
  const remote = call.state.world.remotes.find((one) => one.name === name);
  if (!remote) throw failed(`no such remote '${name}'`);
  return remote;
}

/** The options that were given, over those that were there. */
function changed(call: Call, before: Remote): Remote {
  const port = number(call, "port");
  const comment = optional(call, "comment");
  const fingerprint = optional(call, "fingerprint");
  return {
    ...before,
    host: optional(call, "host") ?? before.host,
    "auth-id": optional(call, "auth-id") ?? before["auth-id"],
    password: optional(call, "password") ?? before.password,
    ...(port === null ? {} : { port }),
    ...(comment === null ? {} : { comment }),
    ...(fingerprint === null ? {} : { fingerprint }),
    ...(call.params["use-node-proxy"] === undefined
      ? {}
      : { "use-node-proxy": flag(call, "use-node-proxy") }),
  };
}

function create(call: Call): null {
  const { remotes } = call.state.world;
  const name = text(call, "name");
  if (remotes.some((one) => one.name === name))
    throw badParameters({ name: `remote '${name}' already exists.` });
  remotes.push(changed(call, { name, datastores: [], host: "", "auth-id": "", password: "" }));
  call.state.changed();
  return null;
}

function update(call: Call): null {
  const { remotes } = call.state.world;
  checkDigest(call, remotes);
  const remote = remoteHere(call);
  const removed = call.params["delete"];
  const kept = Object.entries(remote).filter(([key]) => !(Array.isArray(removed) && removed.includes(key)));
  remotes[remotes.indexOf(remote)] = changed(call, Object.fromEntries(kept) as Remote);
  call.state.changed();
  return null;
}

function remove(call: Call): null {
  const { world } = call.state;
  const remote = remoteHere(call);
  checkDigest(call, world.remotes);
  const job = world.jobs.sync.find((one) => one["remote"] === remote.name);
  if (job)
    throw badParameters({
      name: `remote '${remote.name}' is used by sync job '${job.id}' (datastore '${job.store}')`,
    });
  world.remotes = world.remotes.filter((one) => one !== remote);
  call.state.changed();
  return null;
}

const AUDIT: Permission = { path: "/remote/{name}", privileges: ["Remote.Audit"] };
const MODIFY: Permission = { path: "/remote/{name}", privileges: ["Remote.Modify"] };
const CHOICES = { comment: COMMENT, port: PORT, fingerprint: FINGERPRINT, "use-node-proxy": NODE_PROXY };
const DELETABLE = ["comment", "fingerprint", "port", "use-node-proxy"];
const ONE = { name: required(NAME) };

/** Other Backup Servers that this one pulls from. */
export const remoteRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/config/remote",
    run: (call) =>
      answer(
        call.state.world.remotes.filter((one) => may(call, `/remote/${one.name}`, ["Remote.Audit"])).map(row),
        { digest: digestOf(call.state.world.remotes) },
      ),
  },
  {
    method: "POST",
    path: "/config/remote",
    permission: { path: "/remote", privileges: ["Remote.Modify"] },
    parameters: {
      ...ONE,
      ...CHOICES,
      host: required(STRING),
      "auth-id": required(AUTHID),
      password: required(PASSWORD),
    },
    run: (call) => answer(create(call)),
  },
  {
    method: "GET",
    path: "/config/remote/{name}",
    permission: AUDIT,
    parameters: ONE,
    run: (call) => answer(row(remoteHere(call)), { digest: digestOf(call.state.world.remotes) }),
  },
  {
    method: "PUT",
    path: "/config/remote/{name}",
    permission: MODIFY,
    parameters: {
      ...ONE,
      ...CHOICES,
      host: STRING,
      "auth-id": AUTHID,
      password: PASSWORD,
      delete: { ...ARRAY, enum: DELETABLE, enumSince: { "use-node-proxy": "4.2" } },
      digest: DIGEST,
    },
    run: (call) => answer(update(call)),
  },
  {
    method: "DELETE",
    path: "/config/remote/{name}",
    permission: MODIFY,
    parameters: { ...ONE, digest: DIGEST },
    run: (call) => answer(remove(call)),
  },
  {
    method: "GET",
    path: "/config/remote/{name}/scan",
    permission: AUDIT,
    parameters: ONE,
    run: (call) =>
      answer(
        remoteHere(call).datastores.map((one) => ({
          store: one.store,
          "mount-status": one.mountStatus,
          ...(one.comment === null ? {} : { comment: one.comment }),
          ...backend(call),
        })),
      ),
  },
];

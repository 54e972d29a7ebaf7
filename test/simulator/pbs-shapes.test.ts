import { describe, expect, it } from "vitest";
import { routes } from "../../simulator/pbs/routes/all.ts";
import type { Route } from "../../simulator/pbs/routes/route.ts";
import { known } from "../../simulator/pbs/schema.ts";
import { atLeast, PBS_VERSIONS, type PbsVersion } from "../../simulator/profiles/pbs.ts";
import { rows, type Session } from "./client.ts";
import { backupHouse, refusal, stopBackupHousesAfterEach } from "./pbs-house.ts";
import { isOptional, misfits, readTree, type Method, type Schema } from "./pbs-tree.ts";
import { factsFolder } from "./recordings.ts";

stopBackupHousesAfterEach();

const folder = factsFolder();
const tree = (version: PbsVersion): ReadonlyMap<string, Method> => {
  const found = folder === null ? null : readTree(folder, version);
  if (found === null) throw new Error(`no API of ${version} among the reference data`);
  return found;
};
const has = folder !== null && readTree(folder, "4.2") !== null;
if (!has) process.stdout.write("pbs shapes: skipped: no reference data\n");

const of = (version: PbsVersion): readonly Route[] =>
  routes.filter((route) => atLeast(version, route.since ?? "3.4"));
const nameOf = (route: Pick<Route, "method" | "path">): string => `${route.method} ${route.path}`;

/** Its many options are not all known here: a client that sends one of the others is refused, which a test then sees. */
const PARTIAL = "PUT /config/datastore/{name}";

/** How one parameter differs from its description; the simulator knows only part of the choices of some lists. */
function difference(
  route: Route,
  name: string,
  wanted: Schema | undefined,
  version: PbsVersion,
): string | null {
  const rule = known(route.parameters ?? {}, version)[name];
  const at = `${nameOf(route)}: ${name}`;
  if (!wanted) return `${at} is not known to ${version}`;
  if (!rule) return nameOf(route) === PARTIAL ? null : `${at} is missing`;
  if (rule.type !== wanted.type) return `${at} is ${rule.type}, not ${wanted.type ?? ""}`;
  if ((rule.required === true) === isOptional(wanted)) return `${at} is required or not, wrongly`;
  if (rule.minimum !== wanted.minimum)
    return `${at} begins at ${rule.minimum ?? "nothing"}, not ${wanted.minimum ?? "nothing"}`;
  if (rule.maximum !== wanted.maximum)
    return `${at} ends at ${rule.maximum ?? "nothing"}, not ${wanted.maximum ?? "nothing"}`;
  const choices = wanted.enum ?? wanted.items?.enum ?? [];
  const own = rule.enum ?? [];
  const unknown = own.find((one) => !choices.includes(one));
  if (unknown !== undefined && name !== "role") return `${at} allows '${unknown}'`;
  return own.length < choices.length && nameOf(route) !== PARTIAL
    ? `${at} lacks some of ${choices.join("|")}`
    : null;
}

function differences(version: PbsVersion): { readonly compared: number; readonly found: readonly string[] } {
  const api = tree(version);
  let compared = 0;
  const found = of(version).flatMap((route) => {
    const described = api.get(nameOf(route));
    if (!described) return [`${nameOf(route)} does not exist in ${version}`];
    const wanted = described.parameters?.properties ?? {};
    const own = Object.keys(known(route.parameters ?? {}, version));
    const names = [...new Set([...own, ...Object.keys(wanted)])].filter((name) => name !== "node");
    compared += names.length;
    return names.flatMap((name) => difference(route, name, wanted[name], version) ?? []);
  });
  return { compared, found };
}

/** The parts of a path and the parameters with which a GET of it finds something. */
async function examples(admin: Session): Promise<Readonly<Record<string, string>>> {
  const snapshot = rows(await admin.get("/admin/datastore/main/snapshots", { "backup-type": "vm" }))[0];
  const task = rows(await admin.get("/nodes/localhost/tasks"))[0];
  return {
    store: "main",
    name: "main",
    node: "localhost",
    userid: "admin@pbs",
    "token-name": "app",
    upid: String(task?.["upid"]),
    "backup-type": "vm",
    "backup-id": "100",
    "backup-time": String(snapshot?.["backup-time"]),
  };
}

function exampleFor(route: Route, name: string, all: Readonly<Record<string, string>>): string {
  if (name === "id")
    return { sync: "s-offsite", verify: "v-main", prune: "p-main" }[route.path.split("/")[2] ?? ""] ?? "";
  if (route.path.startsWith("/config/remote/")) return "offsite";
  return all[name] ?? "";
}

const pathOf = (route: Route, all: Readonly<Record<string, string>>): string =>
  route.path.replaceAll(/\{([\w-]+)\}/g, (_, name: string) =>
    encodeURIComponent(exampleFor(route, name, all)),
  );

describe.skipIf(!has)("the simulated Backup Server beside the official API", () => {
  it.each(PBS_VERSIONS)("%s takes the parameters that are described, and no others", (version) => {
    const { compared, found } = differences(version);
    process.stdout.write(
      `pbs ${version}: ${of(version).length} of ${tree(version).size} methods, ${compared} parameters compared\n`,
    );
    expect(found).toEqual([]);
  });

  it.each(PBS_VERSIONS)("%s answers each GET in the shape that is described", async (version) => {
    const { admin } = await backupHouse({ version });
    const all = await examples(admin);
    const found: string[] = [];
    let compared = 0;
    for (const route of of(version).filter((one) => one.method === "GET")) {
      const needed = Object.entries(known(route.parameters ?? {}, version))
        .filter(([name, rule]) => rule.required && !route.path.includes(`{${name}}`))
        .map(([name]): [string, string] => [name, exampleFor(route, name, all)]);
      const reply = await admin.get(pathOf(route, all), Object.fromEntries(needed));
      if (reply.status !== 200) found.push(`${nameOf(route)}: ${refusal(reply).join(" ")}`);
      const promised = tree(version).get(nameOf(route))?.returns;
      if (!promised || promised.type === "null") continue;
      compared += 1;
      found.push(...misfits(reply.body?.data, promised, nameOf(route)));
    }
    process.stdout.write(`pbs ${version}: ${compared} answers compared\n`);
    expect(found).toEqual([]);
  });

  it.each(PBS_VERSIONS)("%s refuses an unknown and a missing parameter of every method", async (version) => {
    const { admin } = await backupHouse({ version });
    const all = await examples(admin);
    const found: string[] = [];
    const send = async (
      route: Route,
      fields: Readonly<Record<string, string>>,
    ): Promise<readonly [number, string]> => {
      const path = pathOf(route, all);
      if (route.method === "GET") return refusal(await admin.get(path, fields));
      if (route.method === "DELETE") return refusal(await admin.del(path, fields));
      return refusal(await (route.method === "POST" ? admin.post : admin.put)(path, fields));
    };
    for (const route of of(version)) {
      const [status, message] = await send(route, { "no-such-thing": "1" });
      if (status !== 400 || !message.includes("'no-such-thing': schema does not allow additional properties"))
        found.push(`${nameOf(route)} takes what it does not know: ${status} ${message}`);
      const missing = Object.entries(known(route.parameters ?? {}, version)).find(
        ([name, rule]) => rule.required && !route.path.includes(`{${name}}`),
      );
      if (!missing) continue;
      const [also, words] = await send(route, {});
      if (also !== 400 || !words.includes(`'${missing[0]}': parameter is missing and it is not optional`))
        found.push(`${nameOf(route)} does without ${missing[0]}: ${also} ${words}`);
    }
    expect(found).toEqual([]);
  });
});

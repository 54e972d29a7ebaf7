import { expect, it } from "vitest";
import { catalogue } from "../../electron/proxmox/requests/catalogue.ts";
import type { RequestShape } from "../../electron/proxmox/requests/request.ts";
import { routes } from "../../simulator/pbs/routes/all.ts";
import { known } from "../../simulator/pbs/schema.ts";
import { atLeast, PBS_VERSIONS, type PbsVersion } from "../../simulator/profiles/pbs.ts";
import { createRouter } from "../../simulator/routes/route.ts";

const find = createRouter(routes);
const requests: readonly RequestShape[] = Object.values(catalogue.pbs).flatMap((area) =>
  Object.values<RequestShape>(area),
);

type Life = Pick<RequestShape, "since" | "until">;

function livesIn({ since, until }: Life, version: PbsVersion): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const at = (limit: readonly [number, number]): number => (major - limit[0]) * 1000 + minor - limit[1];
  return (since === undefined || at(since) >= 0) && (until === undefined || at(until) < 0);
}

/** Why the simulated server would refuse what the app may send; empty = it would not. */
function gaps(request: RequestShape, version: PbsVersion): readonly string[] {
  const name = `${request.method} ${request.path}`;
  const route = find(request.method, request.path.replaceAll(/\{\w+\}/g, "x"))?.route;
  if (!route || !atLeast(version, route.since ?? "3.4")) return [`${name} has no route in ${version}`];
  const own = known(route.parameters ?? {}, version);
  return Object.entries(request.parameters)
    .filter(([parameter, life]) => livesIn(life, version) && own[parameter] === undefined)
    .map(([parameter]) => `${name} does not know ${parameter} in ${version}`);
}

it("the simulated Backup Server answers every request that the app can send to one", () => {
  const found = PBS_VERSIONS.flatMap((version) =>
    requests.filter((request) => livesIn(request, version)).flatMap((request) => gaps(request, version)),
  );
  process.stdout.write(`pbs: ${requests.length} requests of the app × ${PBS_VERSIONS.length} versions\n`);
  expect(found).toEqual([]);
});

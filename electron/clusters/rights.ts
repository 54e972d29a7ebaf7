import { accountOf } from "../../shared/cluster.ts";
import { hasPrivilege } from "../proxmox/pve/access.ts";
import { featureNeeds, sights } from "./feature-needs.ts";
import { grantCommands } from "./grant.ts";

import type { LoginName, ServerKind } from "../../shared/cluster.ts";
import type { Extent, Feature, MissingRight, RightsReport, RightsRow } from "../../shared/rights.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { FeatureNeeds, Need, Way } from "./feature-needs.ts";

/** Whether it is held on a path or anywhere below it: then the feature works at least for something. */
export function holdsAnywhere(permissions: Permissions, path: string, privilege: string): boolean {
  if (hasPrivilege(permissions, path, privilege)) return true;
  return [...permissions].some(
    ([listed, privileges]) => listed.startsWith(`${path}/`) && privileges.has(privilege),
  );
}

/** Whether it is held on a path and on everything below: then what is shown is all there is. */
export function holdsThroughout(permissions: Permissions, path: string, privilege: string): boolean {
  const below = [...permissions].filter(([listed]) => listed.startsWith(`${path}/`));
  return (
    hasPrivilege(permissions, `${path}/-`, privilege) &&
    below.every(([, privileges]) => privileges.has(privilege))
  );
}

function extentOfNeed(permissions: Permissions, { path, privilege, scope }: Need): Extent {
  if (scope === "exact") return hasPrivilege(permissions, path, privilege) ? "works" : "no";
  if (holdsThroughout(permissions, path, privilege)) return "works";
  return holdsAnywhere(permissions, path, privilege) ? "partly" : "no";
}

const ranks: Readonly<Record<Extent, number>> = { works: 2, partly: 1, no: 0 };

interface Outcome {
  readonly way: Way;
  readonly extent: Extent;
  readonly missing: readonly Need[];
}

function outcomeOf(permissions: Permissions, way: Way): Outcome {
  const extents = way.needs.map((need) => ({ need, extent: extentOfNeed(permissions, need) }));
  const worst = extents.reduce<Extent>(
    (found, { extent }) => (ranks[extent] < ranks[found] ? extent : found),
    "works",
  );
  return {
    way,
    extent: worst === "works" && way.ownOnly === true ? "partly" : worst,
    missing: extents.filter(({ extent }) => extent !== "works").map(({ need }) => need),
  };
}

interface Judged {
  readonly feature: Feature;
  readonly extent: Extent;
  readonly ownOnly: boolean;
  readonly missing: readonly Need[];
}

/** One feature: it works as far as its best way does; named is what its first way, that of the least rights, still needs. */
function judge(permissions: Permissions, { feature, ways }: FeatureNeeds): Judged {
  const [first, ...others] = ways;
  const named = outcomeOf(permissions, first);
  const best = others
    .map((way) => outcomeOf(permissions, way))
    .reduce((found, one) => (ranks[one.extent] > ranks[found.extent] ? one : found), named);
  return {
    feature,
    extent: best.extent,
    ownOnly: best.extent === "partly" && best.way.ownOnly === true,
    missing: best.extent === "works" ? [] : named.missing,
  };
}

function judgeAll(kind: ServerKind, permissions: Permissions): readonly Judged[] {
  return featureNeeds[kind].map((needs) => judge(permissions, needs));
}

/** Every feature that does not work everywhere, with each privilege that it lacks. */
export function missingRights(kind: ServerKind, permissions: Permissions): MissingRight[] {
  return judgeAll(kind, permissions).flatMap(({ feature, extent, missing }) =>
    extent === "works" ? [] : missing.map(({ privilege, path }) => ({ feature, extent, privilege, path })),
  );
}

/** An account that may look at nothing at all would show an empty server, which would be a lie. */
export function seesNothing(kind: ServerKind, permissions: Permissions): boolean {
  return sights[kind].every((need) => extentOfNeed(permissions, need) === "no");
}

/** What an account that sees nothing needs first. */
export function firstSight(kind: ServerKind): { readonly privilege: string; readonly path: string } {
  const [{ privilege, path }] = sights[kind];
  return { privilege, path };
}

/** More than this app ever needs: the super user, or somebody who may hand out rights on everything. */
function isAllPowerful(account: string, permissions: Permissions): boolean {
  if (account === "root@pam") return true;
  return ["Permissions.Modify", "Sys.Modify"].every((privilege) => hasPrivilege(permissions, "/", privilege));
}

/** What this account may and may not do, feature by feature, and what would have to be given. */
export function rightsReport(kind: ServerKind, login: LoginName, permissions: Permissions): RightsReport {
  const account = accountOf(login);
  const rowOf = ({ feature, extent, ownOnly, missing }: Judged): RightsRow => ({
    feature,
    extent,
    ownOnly,
    missing: missing.map(({ privilege, path }) => ({ privilege, path })),
    commands: grantCommands(kind, login, permissions, missing),
  });
  return {
    account,
    rows: judgeAll(kind, permissions).map(rowOf),
    allPowerful: isAllPowerful(account, permissions),
    seesNothing: seesNothing(kind, permissions),
  };
}

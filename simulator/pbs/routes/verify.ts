import { atLeast } from "../../profiles/pbs.ts";
import { createRandom } from "../../random.ts";
import { optional, text } from "../../routes/route.ts";
import { ownsGroup } from "../access/rights.ts";
import { verifySteps, type VerifyWish } from "../logs/verify.ts";
import { BOOLEAN, COUNT, MAX_DEPTH, NS, required, SAFE, STORE, THREADS, TIME, TYPE } from "../schema.ts";
import { failed, namespacesBelow, type BackupState } from "../state.ts";
import { groupHere, reach, snapshotHere, usableStore, type Rights } from "../store-access.ts";
import { startTask } from "../tasks/engine.ts";
import type { Datastore, Group } from "../world.ts";
import { answer, number, type Call, type Route } from "./route.ts";

const VERIFIES: Rights = { full: ["Datastore.Verify"], own: ["Datastore.Backup"] };
const MOST_DEPTH = 7;

/** What stands at the head of a verification of a whole datastore. */
export function headOfAll(state: BackupState, store: string, groups: number): readonly string[] {
  const threads = atLeast(state.world.version, "4.1") ? ["using 1 read and 4 verify thread(s)"] : [];
  return [`verify datastore ${store}`, ...threads, `found ${groups} groups`];
}

/** Groups at and below a namespace, in the order in which they are verified. */
export function groupsBelow(datastore: Datastore, ns: string, maxDepth: number | null): readonly Group[] {
  const places = namespacesBelow(datastore, ns, maxDepth ?? MOST_DEPTH);
  return datastore.groups
    .filter((group) => places.includes(group.ns))
    .toSorted((left, right) =>
      `${left.ns}/${left.type}/${left.id}`.localeCompare(`${right.ns}/${right.type}/${right.id}`),
    );
}

function start(call: Call): string {
  const { state, params } = call;
  const store = text(call, "store");
  const ns = optional(call, "ns") ?? "";
  const [type, id, time] = [
    optional(call, "backup-type"),
    optional(call, "backup-id"),
    number(call, "backup-time"),
  ];
  const common = {
    store,
    ignoreVerified: params["ignore-verified"] !== false,
    outdatedAfter: number(call, "outdated-after"),
    now: state.clock.seconds(),
    random: createRandom(state.seed + state.world.daemon.nextTask),
  };
  const path = ns
    .split("/")
    .filter(Boolean)
    .map((part) => `ns/${part}`)
    .join("/");
  const worker = (kind: string, worker_id: string, wish: VerifyWish): string =>
    startTask(state, { type: kind, id: worker_id, user: call.authid, params, steps: () => verifySteps(wish) })
      .upid;
  if (type !== null && id !== null) {
    const group =
      time === null ? groupHere(call, VERIFIES, false).group : snapshotHere(call, VERIFIES, false).group;
    const name = `${store}:${path}/${type}/${id}`;
    const wish = { ...common, groups: [group], time, head: [] };
    if (time === null) return worker("verify_group", name, wish);
    return worker("verify_snapshot", `${name}/${time.toString(16).toUpperCase().padStart(8, "0")}`, wish);
  }
  if (type !== null || id !== null || time !== null)
    throw failed("parameters do not specify a backup group or snapshot");
  const limited = reach(call, store, ns, VERIFIES.full, VERIFIES.own) === "own";
  const datastore = usableStore(call, store);
  const groups = groupsBelow(datastore, ns, number(call, "max-depth")).filter(
    (group) => !limited || ownsGroup(group, call.authid),
  );
  const [first = "", ...rest] = headOfAll(state, store, groups.length);
  const owned = limited ? [`limiting to backups owned by ${call.authid}`] : [];
  const wish = { ...common, groups, time: null, head: [first, ...owned, ...rest] };
  return worker("verify", ns === "" ? store : `${store}:${path}`, wish);
}

/** Verification of a snapshot, a group, or all there is. */
export const verifyRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/admin/datastore/{store}/verify",
    parameters: {
      store: required(STORE),
      ns: NS,
      "backup-type": TYPE,
      "backup-id": SAFE,
      "backup-time": TIME,
      "ignore-verified": BOOLEAN,
      "outdated-after": COUNT,
      "max-depth": MAX_DEPTH,
      "read-threads": { ...THREADS, since: "4.1" },
      "verify-threads": { ...THREADS, since: "4.1" },
    },
    run: (call) => answer(start(call)),
  },
];

import { describe, expect, it } from "vitest";
import { routes } from "../../simulator/routes/all.ts";
import { createRouter } from "../../simulator/routes/route.ts";
import { startSimulator, type Simulator } from "../../simulator/simulator.ts";
import type { FinishedTask, World } from "../../simulator/world.ts";
import { raw, type Reply } from "./client.ts";
import { labWorld } from "./lab-world.ts";
import { bringAbout, livingRequest, STATES, TEMP, TEMP_TOKEN } from "./recorded-requests.ts";
import { factsFolder, readRecordings, type Recording } from "./recordings.ts";

/** Recordings of a moment that cannot be met again, and of areas the simulator does not have. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^POST__nodes-pve1-(lxc|qemu)__create-/, "guests are made only by restoring"],
  [
    /UPID-(log|status)__(running|waiting-for-global-lock|qmrestore-in-progress|vzdump-vm-running-in-progress)/,
    "the task was running",
  ],
  [/upload__|format-html/, "no uploads, no HTML view"],
];

const whyNot = (recording: Recording): string | null =>
  ELSEWHERE.find(([pattern]) => pattern.test(recording.name))?.[1] ?? null;

/** The finished tasks that the recordings read, with their own texts, so that paging and status can be compared whole. */
function recordedTasks(recordings: readonly Recording[]): FinishedTask[] {
  const lines = new Map<string, readonly string[]>();
  const exits = new Map<string, string>();
  for (const { path, body, status } of recordings) {
    const [, encoded, kind] = /tasks\/(UPID[^/]*)\/(log|status)$/.exec(path) ?? [];
    if (encoded === undefined || status !== 200) continue;
    const upid = decodeURIComponent(encoded);
    const data = (body as { data: unknown }).data;
    if (kind === "log" && Array.isArray(data)) {
      const found = (data as { n: number; t: string }[]).map((line) => line.t);
      const whole = (data as { n: number }[])[0]?.n === 1 && found.length >= (lines.get(upid)?.length ?? 0);
      if (whole && !found[0]?.startsWith("unable to open file")) lines.set(upid, found);
    }
    const exit = (data as { exitstatus?: string } | null)?.exitstatus;
    if (kind === "status" && exit !== undefined) exits.set(upid, exit);
  }
  return [...lines].map(([upid, found], index) => ({
    upid,
    endtime: 1_795_180_000 + index,
    exit: exits.get(upid) ?? "OK",
    log: { kind: "lines", lines: found },
  }));
}

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** Fields that depend on how the lab was configured rather than on the server. */
const OPTIONAL_FIELDS =
  /^(pool|tags|lock|template|notes|protected|parent|pressure.*|memhost|kvm|description|comment|swap|maxswap|cgroup-mode|subscription|blockstat\..*|email|hvm|vmid|saved)$/;

/** Differences between the fields of the true answer and ours: missing ones, and ones of another JSON type. */
function differences(truth: unknown, ours: unknown, path = ""): readonly string[] {
  if (truth === null || ours === null) return [];
  if (kindOf(truth) !== kindOf(ours)) return [`${path}: ${kindOf(truth)} became ${kindOf(ours)}`];
  if (Array.isArray(truth) && Array.isArray(ours)) return rowDifferences(truth, ours, path);
  if (typeof truth !== "object" || typeof ours !== "object") return [];
  const [left, right] = [truth as Record<string, unknown>, ours as Record<string, unknown>];
  return Object.keys(left).flatMap((key) => {
    const name = path === "" ? key : `${path}.${key}`;
    if (OPTIONAL_FIELDS.test(key)) return [];
    if (!(key in right)) return [`${name} is missing`];
    return differences(left[key], right[key], name);
  });
}

/** Rows are compared with ours of the same `type` and `status`, one of each. */
function rowDifferences(
  truth: readonly unknown[],
  ours: readonly unknown[],
  path: string,
): readonly string[] {
  const label = (row: unknown): string => {
    const fields = (row ?? {}) as Record<string, unknown>;
    const running =
      /^running$/i.test(String(fields["status"])) ||
      (fields["upid"] !== undefined && fields["endtime"] === undefined);
    return `${String(fields["type"] ?? fields["content"])}/${fields["name"] === "current" ? "current" : ""}/${running ? "running" : ""}`;
  };
  const labels = [...new Set(truth.map(label))];
  return labels.flatMap((one) => {
    const [left, right] = [truth.find((row) => label(row) === one), ours.find((row) => label(row) === one)];
    return right === undefined ? [] : differences(left, right, `${path}[${one}]`);
  });
}

function compare(recording: Recording, reply: Reply): readonly string[] {
  const found: string[] = [];
  if (reply.status !== recording.status)
    found.push(`status ${recording.status} became ${reply.status} ${reply.reason}`);
  if (reply.reason !== recording.statusText)
    found.push(`reason '${recording.statusText}' became '${reply.reason}'`);
  if ((reply.raw.length === 0) !== recording.bodyIsEmpty)
    found.push(recording.bodyIsEmpty ? "a body where none was" : "no body");
  const truth = recording.body as {
    data?: unknown;
    message?: string;
    errors?: unknown;
    total?: number;
  } | null;
  if (found.length > 0 || truth === null || typeof truth !== "object") return found;
  if (truth.message !== reply.body?.message)
    found.push(`message '${truth.message}' became '${reply.body?.message}'`);
  if (truth.errors !== undefined && !/password/.test(JSON.stringify(truth.errors))) {
    if (JSON.stringify(sorted(truth.errors)) !== JSON.stringify(sorted(reply.body?.errors ?? {}))) {
      found.push(`errors ${JSON.stringify(truth.errors)} became ${JSON.stringify(reply.body?.errors)}`);
    }
  }
  const path = recording.path;
  const exact = /tasks\/UPID[^/]*\/(log|status)$/.test(path) && recording.method === "GET";
  if (exact && JSON.stringify(sorted(truth)) !== JSON.stringify(sorted(reply.body)))
    found.push("another log or status");
  if (
    !exact &&
    recording.status === 200 &&
    truth.data !== undefined &&
    !/permissions|\/config$|pending|options$/.test(path)
  ) {
    found.push(...differences(truth.data, reply.body?.data));
  }
  return found;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method} ${path}`;
const find = createRouter(routes);
/** The simulated request that a recording is of; null = none. An unknown path is one of all of them. */
function routeOf(recording: Recording): string | null {
  const route = find(recording.method, recording.path.split("?")[0] ?? "")?.route;
  return route ? nameOf(route) : recording.status === 501 ? "unknown paths" : null;
}

/** How many recordings of each simulated request were met. */
function coverage(compared: ReadonlySet<Recording>): string {
  const byRoute = Map.groupBy([...compared], (recording) => routeOf(recording) ?? "");
  const unmet = routes.map(nameOf).filter((name) => !byRoute.has(name));
  return [
    ...[...byRoute]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, met]) => `  ${String(met.length).padStart(3)} ${name}`),
    `  never recorded: ${unmet.join(", ")}`,
  ].join("\n");
}

const folder = factsFolder();

describe("the simulator beside the recordings of PVE 9.2", () => {
  it.skipIf(folder === null)(
    "answers every recorded request it has a route for with the same status, reason, message and fields",
    async () => {
      const recordings = readRecordings(folder ?? "");
      const tasks = recordedTasks(recordings);
      const counts = { read: recordings.length, compared: 0, "no route": 0, elsewhere: 0 };
      const compared = new Set<Recording>();
      const shared = await lab(null, tasks);
      const wrong: string[] = [];
      for (const recording of recordings) {
        if (whyNot(recording) !== null) counts.elsewhere += 1;
        else if (routeOf(recording) === null) counts["no route"] += 1;
        else {
          counts.compared += 1;
          compared.add(recording);
          const house = sharesLab(recording) ? shared : await lab(recording, tasks);
          const found = await replay(house, recording);
          if (house !== shared) await house.stop();
          if (found.length > 0) wrong.push(`${recording.name}: ${found.join("; ")}`);
        }
      }
      await shared.stop();
      process.stdout.write(`recordings: ${JSON.stringify(counts)}\n${coverage(compared)}\n`);
      expect(wrong).toEqual([]);
      expect(counts.compared).toBeGreaterThan(510);
    },
    120_000,
  );

  it.runIf(folder === null)("is compared with nothing here", () => {
    process.stdout.write("recordings: skipped: no reference data\n");
    expect(folder).toBeNull();
  });
});

/** Brings a lab into the state that a recorded change found. */
const PREPARED: readonly (readonly [RegExp, (world: World) => void])[] = [
  [
    /^(DELETE|PUT)__pools__(ok|api-token)|^DELETE__pools-dd|already-exists/,
    (world) => world.pools.push(...["p1", "p2", "dd"].map((poolid) => ({ poolid, comment: null }))),
  ],
  [
    /users-temp@pve|user-d(isabled|eleted)-live|__(expired-token|token-before-expiry)/,
    (world) =>
      world.users.push({
        userid: TEMP.username,
        password: TEMP.password,
        enabled: true,
        comment: null,
        totpSecret: null,
        recoveryCodes: [],
        lastTotpStep: 0,
      }),
  ],
  [
    /^DELETE__access-users-temp@pve-token-t1|token-t1__exists/,
    (world) => world.tokens.push({ id: "temp@pve!t1", secret: "x", privsep: true, expire: 0 }),
  ],
  [
    /__(expired-token|token-before-expiry)/,
    (world) => world.tokens.push({ ...TEMP_TOKEN, privsep: false, expire: 0 }),
  ],
  [
    /connection-refused|unreachable-timeout|hung-after-connect|foreign-certificate/,
    (world) => {
      for (const [index, node] of ["pve2", "pve3", "pve4"].entries())
        world.nodes.push({
          ...structuredClone(world.nodes[0] as World["nodes"][number]),
          node,
          nodeid: index + 2,
        });
    },
  ],
  [
    /^POST__nodes-pve1-lxc-102-status-start__ok-2/,
    (world) => Object.assign(world.guests.find((guest) => guest.vmid === 102) ?? {}, { status: "stopped" }),
  ],
  [
    /^POST__nodes-pve1-qemu__(restore-new-id|restore-override-and-start)/,
    (world) => {
      world.guests = world.guests.filter((guest) => ![210, 211].includes(guest.vmid));
    },
  ],
  [/^POST__cluster-backup__ok/, (world) => world.jobs.splice(0)],
  [/backup-excl__ok/, (world) => world.jobs.push({ id: "backup-excl" })],
  [/JOBID/, (world) => world.jobs.push({ id: "a0213223-62d0-4348-bd98-6796865c6259", vmid: "101,201" })],
  [
    /qemu-211__destroy-ok/,
    (world) => Object.assign(world.guests.find((guest) => guest.vmid === 211) ?? {}, { status: "stopped" }),
  ],
  [
    /lxc-201__destroy-ok/,
    (world) => Object.assign(world.guests.find((guest) => guest.vmid === 101) ?? {}, { vmid: 201 }),
  ],
  [
    /while-backup-locked/,
    (world) => Object.assign(world.guests.find((guest) => guest.vmid === 101) ?? {}, { lock: "backup" }),
  ],
];

async function lab(recording: Recording | null, tasks: readonly FinishedTask[]): Promise<Simulator> {
  const world = labWorld(Date.now());
  world.history = [...world.history, ...tasks];
  for (const [pattern, change] of PREPARED) if (recording && pattern.test(recording.name)) change(world);
  return startSimulator({ world, speed: 1000, loginFailureDelayMs: 0 });
}

/** Reads of an untouched lab share one; every other request meets a lab of its own, so that none sees what another changed. */
function sharesLab({ method, name, auth }: Recording): boolean {
  const touched =
    PREPARED.some(([pattern]) => pattern.test(name)) || STATES.test(name) || auth === "ticket:totp@pve";
  return method === "GET" && !touched;
}

async function replay(simulator: Simulator, recording: Recording): Promise<readonly string[]> {
  const request = await livingRequest(simulator, recording);
  bringAbout(simulator, recording);
  return compare(recording, await raw(simulator, request));
}

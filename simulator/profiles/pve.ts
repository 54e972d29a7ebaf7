import type { Parameters } from "../schema.ts";
import { PVE_6_4 } from "./pve-6.4.ts";
import { PVE_7_4 } from "./pve-7.4.ts";
import { PVE_8_4 } from "./pve-8.4.ts";
import { PVE_9_2 } from "./pve-9.2.ts";

/** The Proxmox VE servers that can be simulated, oldest first: the last of each major version. */
export const PVE_VERSIONS = ["6.4", "7.4", "8.4", "9.2"] as const;
export type PveVersion = (typeof PVE_VERSIONS)[number];

/** How an older server differs from the next newer one; the newest is what the routes themselves say. */
export type Difference = {
  /** The answer of GET /version. */
  readonly version: { readonly version: string; readonly release: string; readonly repoid: string };
  /** `METHOD path` of requests that it does not have yet. */
  readonly withoutRequests?: readonly string[];
  /** Where it has a request instead: path → today's path. */
  readonly formerPaths?: Readonly<Record<string, string>>;
  /** Parameters that it does not know yet, by request. */
  readonly withoutParameters?: Readonly<Record<string, readonly string[]>>;
  /** Parameters that it still knows, by request. */
  readonly withParameters?: Readonly<Record<string, Parameters>>;
  /** Fields that its answers do not have yet, by request. */
  readonly withoutFields?: Readonly<Record<string, readonly string[]>>;
  readonly habits?: Partial<Habits>;
};

/** What is no matter of names. */
export type Habits = {
  /** The text of an error is in the body too. */
  readonly message: boolean;
  /** How a second factor is asked for: always in a second step, only when `new-format=1` was sent, or never (`otp` beside the password). */
  readonly secondFactor: "always" | "asked" | "otp";
  /** Zones are rows of their own type in the resource list: none yet, `sdn`, or `network`. */
  readonly zones: "none" | "sdn" | "network";
  /** A backup job has a calendar event; before, weekdays and a time. */
  readonly schedule: boolean;
  /** Rows of a figure's history: as PVE 9 keeps them, or the 70 of before. */
  readonly rrd: "long" | "short";
  /** vzdump says "notified via target". */
  readonly notified: boolean;
  /** vzdump says how it starts the backup of a VM, and why it does not freeze it. */
  readonly qmp: boolean;
  /** The backup client counts while it works, and tells its average in one line. */
  readonly clientProgress: boolean;
  /** vzdump says by which rule it prunes. */
  readonly retention: boolean;
  /** `limit=0` of a task log means all of it; before, nothing. */
  readonly wholeLog: boolean;
};

export type Profile = {
  readonly name: PveVersion;
  readonly version: Difference["version"];
  readonly habits: Habits;
  readonly formerPaths: Readonly<Record<string, string>>;
  readonly lacks: (request: string) => boolean;
  /** The parameters of a request as this version knows them. */
  readonly parametersOf: (request: string, today: Parameters) => Parameters;
  readonly hiddenFields: (request: string) => ReadonlySet<string>;
};

const DIFFERENCES: Readonly<Record<PveVersion, Difference>> = {
  "6.4": PVE_6_4,
  "7.4": PVE_7_4,
  "8.4": PVE_8_4,
  "9.2": PVE_9_2.difference,
};

/** All that a version lacks: its own difference and those of every newer one. */
function profileFrom(name: PveVersion): Profile {
  const steps = PVE_VERSIONS.slice(PVE_VERSIONS.indexOf(name))
    .toReversed()
    .map((version) => DIFFERENCES[version]);
  const lacking = new Set(steps.flatMap((step) => step.withoutRequests ?? []));
  const named = (pick: (step: Difference) => Readonly<Record<string, readonly string[]>> | undefined) => {
    const found = new Map<string, Set<string>>();
    for (const [request, names] of steps.flatMap((step) => Object.entries(pick(step) ?? {})))
      found.set(request, new Set([...(found.get(request) ?? []), ...names]));
    return found;
  };
  const unknown = named((step) => step.withoutParameters);
  const hidden = named((step) => step.withoutFields);
  const nothing: ReadonlySet<string> = new Set();
  const own = DIFFERENCES[name];
  return {
    name,
    version: own.version,
    habits: Object.assign({}, PVE_9_2.habits, ...steps.map((step) => step.habits ?? {})) as Habits,
    formerPaths: own.formerPaths ?? {},
    lacks: (request) => lacking.has(request),
    parametersOf: (request, today) => {
      const more = steps.flatMap((step) => Object.entries(step.withParameters?.[request] ?? {}));
      const gone = unknown.get(request) ?? nothing;
      return Object.fromEntries([...Object.entries(today), ...more].filter(([key]) => !gone.has(key)));
    },
    hiddenFields: (request) => hidden.get(request) ?? nothing,
  };
}

const PROFILES: Readonly<Record<PveVersion, Profile>> = {
  "6.4": profileFrom("6.4"),
  "7.4": profileFrom("7.4"),
  "8.4": profileFrom("8.4"),
  "9.2": profileFrom("9.2"),
};

export const profileOf = (version: PveVersion): Profile => PROFILES[version];

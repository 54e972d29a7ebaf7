import { X509Certificate } from "node:crypto";
import { seedOf, createRandom } from "../random.ts";
import { profileOf } from "../profiles/pve.ts";
import { nodeOf } from "../state.ts";
import { zoneOffset } from "../format.ts";
import type { NodeState } from "../world.ts";
import { nodeFigures } from "./figures.ts";
import { answer, may, text, type Call, type Route } from "./route.ts";

const KERNEL = "6.17.13-2-pve";
const BUILD = "#1 SMP PREEMPT_DYNAMIC PMX 6.17.13-2 (2026-10-12T08:04Z)";
const AUDIT = { path: "/nodes/{node}", privileges: ["Sys.Audit"] } as const;

function nodeHere(call: Call): NodeState {
  const node = nodeOf(call.state.world, text(call, "node"));
  if (!node) throw new Error("the node was checked before");
  return node;
}

function listed(call: Call): readonly object[] {
  return call.state.world.nodes.map((node) => {
    const fingerprint = call.certificates.get(node.node)?.fingerprint ?? "";
    const base = {
      id: `node/${node.node}`,
      type: "node",
      node: node.node,
      status: node.online ? "online" : "offline",
      level: "",
      ssl_fingerprint: fingerprint,
    };
    if (!node.online || !may(call, `/nodes/${node.node}`, ["Sys.Audit"])) return base;
    return { ...base, maxcpu: node.cores, ...nodeFigures(call.state, node) };
  });
}

function status(call: Call): object {
  const node = nodeHere(call);
  const figures = nodeFigures(call.state, node);
  const load = figures.cpu * node.cores;
  const { version, repoid } = profileOf(call.state.world.version).version;
  return {
    "boot-info": { mode: "efi", secureboot: 0 },
    cpu: figures.cpu,
    cpuinfo: {
      cores: node.cores / 2,
      cpus: node.cores,
      family: "25",
      flags:
        "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat sse sse2 ht syscall nx lm constant_tsc aes avx avx2",
      hvm: "1",
      mhz: "2994.372",
      model: "AMD EPYC 7313P 16-Core Processor",
      sockets: 1,
      user_hz: 100,
      vendor: "AuthenticAMD",
    },
    "current-kernel": { machine: "x86_64", release: KERNEL, sysname: "Linux", version: BUILD },
    idle: 0,
    ksm: { shared: 0 },
    kversion: `Linux ${KERNEL} ${BUILD}`,
    loadavg: [load, load * 0.9, load * 0.8].map((value) => value.toFixed(2)),
    memory: {
      total: figures.maxmem,
      used: figures.mem,
      free: figures.maxmem - figures.mem,
      available: figures.maxmem - figures.mem,
    },
    pveversion: `pve-manager/${version}/${repoid}`,
    rootfs: {
      total: node.rootTotal,
      used: node.rootUsed,
      free: node.rootTotal - node.rootUsed,
      avail: node.rootTotal - node.rootUsed,
    },
    swap: { total: 8_589_930_496, used: 0, free: 8_589_930_496 },
    uptime: figures.uptime,
    wait: 0,
  };
}

function certificates(call: Call): readonly object[] {
  const own = call.certificates.get(text(call, "node"));
  if (!own) return [];
  const parsed = new X509Certificate(own.cert);
  const names = (parsed.subjectAltName ?? "")
    .split(", ")
    .map((name) => name.replace(/^(DNS|IP Address):/, ""));
  return [
    {
      filename: "pve-ssl.pem",
      fingerprint: own.fingerprint,
      issuer: `/${parsed.issuer.replaceAll("\n", "/")}`,
      subject: `/${parsed.subject.replaceAll("\n", "/")}`,
      notbefore: Math.floor(Date.parse(parsed.validFrom) / 1000),
      notafter: Math.floor(Date.parse(parsed.validTo) / 1000),
      pem: own.cert,
      "public-key-bits": 256,
      "public-key-type": "id-ecPublicKey",
      san: names,
    },
  ];
}

const TIMEFRAME = {
  type: "string",
  required: true,
  enum: ["hour", "day", "week", "month", "year", "decade"],
} as const;
export const RRD_PARAMETERS = {
  timeframe: TIMEFRAME,
  cf: { type: "string", enum: ["AVERAGE", "MAX"] },
} as const;

/** Steps of PVE 9: seconds and rows of each timeframe. */
const LONG: Readonly<Record<string, readonly [seconds: number, rows: number]>> = {
  hour: [60, 60],
  day: [60, 1440],
  week: [1800, 336],
  month: [1800, 1440],
  year: [21_600, 1440],
  decade: [604_800, 570],
};

/** Steps before PVE 9: the first hour to the minute, then 70 rows each. */
const SHORT: typeof LONG = {
  hour: [60, 60],
  day: [1800, 70],
  week: [10_800, 70],
  month: [43_200, 70],
  year: [604_800, 70],
};

/** Rows of a timeframe, oldest first; `values` writes one row from its time and a number between 0 and 1 that wanders. */
export function rrdRows(
  call: Call,
  name: string,
  since: number,
  values: (share: number) => object,
): readonly object[] {
  const timeframe = text(call, "timeframe");
  const steps = profileOf(call.state.world.version).habits.rrd === "long" ? LONG : SHORT;
  const [step, count] = steps[timeframe] ?? [60, 60];
  const last = Math.floor(call.state.clock.seconds() / step) * step;
  return Array.from({ length: count }, (_, index) => {
    const time = last - (count - 1 - index) * step;
    if (time < since) return { time };
    const noise = createRandom(seedOf(`${name}${time}`)).next();
    const day = (Math.sin(((time % 86_400) / 86_400) * 2 * Math.PI - 2) + 1) / 2;
    return { time, ...values(0.6 * day + 0.4 * noise) };
  });
}

function nodeRrd(call: Call): readonly object[] {
  const node = nodeHere(call);
  return rrdRows(call, node.node, node.bootedAt, (share) => ({
    cpu: Math.min(1, node.load * (0.5 + share)),
    iowait: share * 0.02,
    loadavg: node.load * node.cores * (0.5 + share),
    maxcpu: node.cores,
    memtotal: node.memory,
    memused: node.memory * (0.4 + share * 0.3),
    memavailable: node.memory * (0.6 - share * 0.3),
    arcsize: 0,
    swaptotal: 8_589_930_496,
    swapused: 0,
    roottotal: node.rootTotal,
    rootused: node.rootUsed,
    netin: share * 2_000_000,
    netout: share * 3_000_000,
    pressurecpusome: share,
    pressureiosome: share * 0.3,
    pressureiofull: share * 0.2,
    pressurememorysome: 0,
    pressurememoryfull: 0,
  }));
}

/** Nodes and what is asked of each. */
export const nodeRoutes: readonly Route[] = [
  { method: "GET", path: "/nodes", run: (call) => answer(listed(call)) },
  { method: "GET", path: "/nodes/{node}/status", permission: AUDIT, run: (call) => answer(status(call)) },
  {
    method: "GET",
    path: "/nodes/{node}/time",
    permission: AUDIT,
    run: (call) => {
      const time = call.state.clock.seconds();
      const timezone = call.state.world.timeZone;
      return answer({ time, localtime: time + zoneOffset(time, timezone), timezone });
    },
  },
  { method: "GET", path: "/nodes/{node}/certificates/info", run: (call) => answer(certificates(call)) },
  {
    method: "GET",
    path: "/nodes/{node}/rrddata",
    permission: AUDIT,
    parameters: RRD_PARAMETERS,
    run: (call) => answer(nodeRrd(call)),
  },
];

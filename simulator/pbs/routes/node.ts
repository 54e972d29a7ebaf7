import { X509Certificate } from "node:crypto";
import { GIB, zoneOffset } from "../../format.ts";
import { pbsVersion } from "../../profiles/pbs.ts";
import { answer, type Call, type Route } from "./route.ts";

const KERNEL = "6.17.2-1-pve";

function status(call: Call): object {
  const { world, clock } = call.state;
  return {
    "boot-info": { mode: "efi", secureboot: false },
    cpu: 0.042,
    cpuinfo: { cpus: 8, model: "AMD EPYC 4344P 8-Core Processor", sockets: 1 },
    "current-kernel": {
      machine: "x86_64",
      release: KERNEL,
      sysname: "Linux",
      version: `#1 SMP PREEMPT_DYNAMIC PMX ${KERNEL}`,
    },
    info: { fingerprint: call.certificate.fingerprint.toLowerCase() },
    kversion: `Linux ${KERNEL} #1 SMP PREEMPT_DYNAMIC PMX ${KERNEL}`,
    loadavg: [0.31, 0.28, 0.22],
    memory: { free: 21 * GIB, total: 32 * GIB, used: 11 * GIB },
    root: { avail: 70 * GIB, total: 94 * GIB, used: 24 * GIB },
    swap: { free: 8 * GIB, total: 8 * GIB, used: 0 },
    uptime: Math.max(0, clock.seconds() - world.bootedAt),
    wait: 0.004,
  };
}

function certificates(call: Call): readonly object[] {
  const { cert, fingerprint } = call.certificate;
  const parsed = new X509Certificate(cert);
  const seconds = (date: string): number => Math.floor(Date.parse(date) / 1000);
  return [
    {
      filename: "proxy.pem",
      fingerprint: fingerprint.toLowerCase(),
      issuer: parsed.issuer.replaceAll("\n", ", "),
      subject: parsed.subject.replaceAll("\n", ", "),
      notbefore: seconds(parsed.validFrom),
      notafter: seconds(parsed.validTo),
      pem: cert,
      "public-key-bits": 256,
      "public-key-type": "id-ecPublicKey",
      san: (parsed.subjectAltName ?? "").split(", ").map((name) => name.replace(/^[^:]+:/, "")),
    },
  ];
}

const NODE = "/nodes/{node}";

/** The server itself. */
export const nodeRoutes: readonly Route[] = [
  { method: "GET", path: "/ping", world: true, run: () => answer({ pong: true }) },
  { method: "GET", path: "/version", run: (call) => answer(pbsVersion(call.state.world.version)) },
  { method: "GET", path: "/nodes", run: () => answer([{ node: "localhost" }]) },
  {
    method: "GET",
    path: `${NODE}/status`,
    permission: { path: "/system/status", privileges: ["Sys.Audit"] },
    run: (call) => answer(status(call)),
  },
  {
    method: "GET",
    path: `${NODE}/time`,
    run: (call) => {
      const { clock, world } = call.state;
      const time = clock.seconds();
      return answer({ time, localtime: time + zoneOffset(time, world.timeZone), timezone: world.timeZone });
    },
  },
  {
    method: "GET",
    path: `${NODE}/certificates/info`,
    permission: { path: "/system/certificates", privileges: ["Sys.Modify"] },
    run: (call) => answer(certificates(call)),
  },
  {
    method: "GET",
    path: `${NODE}/subscription`,
    run: () =>
      answer({
        status: "notfound",
        message: "There is no subscription key",
        url: "https://www.proxmox.com/en/proxmox-backup-server/pricing",
      }),
  },
];

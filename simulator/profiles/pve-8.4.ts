import { STRING } from "../schema.ts";
import type { Difference } from "./pve.ts";

const PRESSURE = [
  "pressurecpusome",
  "pressurecpufull",
  "pressureiosome",
  "pressureiofull",
  "pressurememorysome",
  "pressurememoryfull",
];
const GUEST = ["memhost", ...PRESSURE];

const RETIRED = {
  maxfiles: { type: "integer", minimum: 1 },
  "notification-policy": { type: "string", enum: ["always", "failure", "never"] },
  "notification-target": STRING,
} as const;

/** What 8.4 has not yet of 9.2, and what it still has. */
export const PVE_8_4: Difference = {
  version: { version: "8.4.14", release: "8.4", repoid: "b502d23c55afcba1" },
  withoutParameters: {
    "POST /nodes/{node}/qemu": ["allow-ksm", "intel-tdx", "ha-managed"],
    "POST /nodes/{node}/lxc": ["entrypoint", "env", "ha-managed"],
    "POST /nodes/{node}/qemu/{vmid}/status/start": ["nets-host-mtu", "with-conntrack-state"],
  },
  withParameters: {
    "POST /nodes/{node}/vzdump": RETIRED,
    "POST /cluster/backup": RETIRED,
    "PUT /cluster/backup/{id}": RETIRED,
  },
  withoutFields: {
    "GET /cluster/resources": ["memhost"],
    "GET /nodes/{node}/qemu": GUEST,
    "GET /nodes/{node}/lxc": GUEST,
    "GET /nodes/{node}/qemu/{vmid}/status/current": GUEST,
    "GET /nodes/{node}/lxc/{vmid}/status/current": GUEST,
    "GET /nodes/{node}/rrddata": ["memavailable", "arcsize", ...PRESSURE],
    "GET /nodes/{node}/qemu/{vmid}/rrddata": GUEST,
    "GET /nodes/{node}/lxc/{vmid}/rrddata": GUEST,
  },
  habits: { zones: "sdn", rrd: "short", qmp: false },
};

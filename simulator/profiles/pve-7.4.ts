import type { Difference } from "./pve.ts";

const BACKUP = [
  "fleecing",
  "notification-mode",
  "notification-policy",
  "notification-target",
  "pbs-change-detection-mode",
];

/** What 7.4 has not yet of 8.4. */
export const PVE_7_4: Difference = {
  version: { version: "7.4-20", release: "7.4", repoid: "bb68a26a1c8f2d7e" },
  withoutRequests: ["PUT /pools", "DELETE /pools"],
  withoutParameters: {
    "POST /nodes/{node}/vzdump": [...BACKUP, "job-id"],
    "POST /cluster/backup": BACKUP,
    "PUT /cluster/backup/{id}": BACKUP,
    "GET /pools": ["poolid", "type"],
    "PUT /access/password": ["confirmation-password"],
    "POST /nodes/{node}/qemu": ["amd-sev", "ciupgrade", "import-working-storage", "virtiofs[n]"],
    "POST /nodes/{node}/lxc": ["dev[n]"],
    "POST /nodes/{node}/qemu/{vmid}/status/stop": ["overrule-shutdown"],
    "POST /nodes/{node}/lxc/{vmid}/status/stop": ["overrule-shutdown"],
    "GET /nodes/{node}/storage/{storage}/file-restore/download": ["tar"],
  },
  withoutFields: {
    "GET /nodes/{node}/status": ["boot-info", "current-kernel"],
    "GET /nodes/{node}/vzdump/defaults": ["fleecing", "notification-mode"],
  },
  habits: { message: false, secondFactor: "asked", notified: false, clientProgress: false },
};

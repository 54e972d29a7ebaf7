import { STRING } from "../schema.ts";
import type { Difference } from "./pve.ts";

const BACKUP = ["notes-template", "performance", "protected"];
const JOB = [...BACKUP, "schedule", "comment", "repeat-missed"];
const RETIRED = { size: { type: "integer", minimum: 500 }, maxfiles: STRING } as const;

/** With weekdays, all the schedule there is. */
const starttime = { ...STRING, required: true };

/** What 6.4 has not yet of 7.4, and what it still has. */
export const PVE_6_4: Difference = {
  version: { version: "6.4-15", release: "6.4", repoid: "af7986e6d3c2b1a4" },
  withoutRequests: [
    "GET /cluster/jobs/schedule-analyze",
    "GET /access/tfa/{userid}",
    "POST /access/openid/auth-url",
    "POST /access/openid/login",
  ],
  formerPaths: { "/cluster/backupinfo/not_backed_up": "/cluster/backup-info/not-backed-up" },
  withoutParameters: {
    "POST /access/ticket": ["tfa-challenge", "new-format"],
    "POST /nodes/{node}/vzdump": BACKUP,
    "POST /cluster/backup": [...JOB, "id"],
    "PUT /cluster/backup/{id}": JOB,
    "GET /nodes/{node}/tasks": ["since", "until", "statusfilter"],
    "GET /nodes/{node}/tasks/{upid}/log": ["download"],
    "PUT /nodes/{node}/storage/{storage}/content/{volume}": ["protected"],
    "POST /nodes/{node}/qemu": ["affinity", "tpmstate0"],
    "POST /nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback": ["start"],
    "POST /nodes/{node}/lxc/{vmid}/snapshot/{snapname}/rollback": ["start"],
  },
  withParameters: {
    "POST /nodes/{node}/vzdump": RETIRED,
    "POST /cluster/backup": { ...RETIRED, starttime },
    "PUT /cluster/backup/{id}": { ...RETIRED, starttime },
  },
  withoutFields: {
    "GET /cluster/resources": ["cgroup-mode", "tags"],
    "GET /nodes/{node}/storage/{storage}/content": ["protected"],
    "GET /nodes/{node}/storage/{storage}/content/{volume}": ["protected"],
    "GET /nodes/{node}/vzdump/defaults": ["performance"],
    "GET /cluster/backup": ["notes-template", "comment", "repeat-missed"],
    "GET /cluster/backup/{id}": ["notes-template", "comment", "repeat-missed"],
  },
  habits: { secondFactor: "otp", zones: "none", schedule: false, retention: false, wholeLog: false },
};

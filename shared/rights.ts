import { z } from "zod";

import type { ServerKind } from "./cluster.ts";

/** What the app does with a server, as far as rights decide about it; in the order in which it is shown. */
export const features = {
  pve: [
    "guests",
    "nodes",
    "storages",
    "pools",
    "backups",
    "backup",
    "restore",
    "delete",
    "protect",
    "keepAll",
    "jobs",
    "editJobs",
    "allTasks",
    "power",
  ],
  pbs: [
    "datastores",
    "snapshots",
    "read",
    "verify",
    "prune",
    "protectSnapshots",
    "garbageCollection",
    "serverJobs",
    "editServerJobs",
    "syncJobs",
    "allTasks",
  ],
} as const satisfies Record<ServerKind, readonly string[]>;

export const featureSchema = z.enum([...features.pve, ...features.pbs]);
export type Feature = z.infer<typeof featureSchema>;

/**
 * works: everywhere · partly: on some guests, storages or nodes, or for what this account owns · no: nowhere.
 * Rights that could not be read are no row at all: unknown is never shown as "no".
 */
export const extentSchema = z.enum(["works", "partly", "no"]);
export type Extent = z.infer<typeof extentSchema>;

/** A privilege that would have to be given for a feature to work everywhere. */
export const missingRightSchema = z.object({
  feature: featureSchema,
  /** How far the feature works without it. */
  extent: extentSchema.exclude(["works"]),
  privilege: z.string(),
  path: z.string(),
});
export type MissingRight = z.infer<typeof missingRightSchema>;

export const rightsRowSchema = z.object({
  feature: featureSchema,
  extent: extentSchema,
  missing: z.array(z.object({ privilege: z.string(), path: z.string() })),
  /** partly, because the account may do it with backups that it owns itself. */
  ownOnly: z.boolean(),
  /** What an administrator types on the server to give what is missing; one command a line. */
  commands: z.array(z.string()),
});
export type RightsRow = z.infer<typeof rightsRowSchema>;

export const rightsReportSchema = z.object({
  /** `user@realm` or `user@realm!token`. */
  account: z.string(),
  rows: z.array(rightsRowSchema),
  /** root@pam, or every privilege on every path: more than this app ever needs. */
  allPowerful: z.boolean(),
  /** It may look at nothing at all: an empty list says nothing about the server. */
  seesNothing: z.boolean(),
});
export type RightsReport = z.infer<typeof rightsReportSchema>;

import { z } from "zod";

import { serverKindSchema } from "./cluster.ts";

/** What a token that the app makes for itself is to be good for; each includes the one before. */
export const tokenUses = ["watch", "backup", "restore", "everything"] as const;
export const tokenUseSchema = z.enum(tokenUses);
export type TokenUse = z.infer<typeof tokenUseSchema>;

/** Everything that making a token will create on the server, shown before anything is sent. */
export const tokenPlanSchema = z.object({
  kind: serverKindSchema,
  use: tokenUseSchema,
  /** `9.2.11`: what the server knows decides about the privileges. */
  version: z.string(),
  /** The token's owner: the account that is logged in now. */
  user: z.string(),
  tokenName: z.string(),
  /** A role of its own (Proxmox VE only); null where the server's fixed roles or the account's own rights are used. */
  role: z
    .object({
      name: z.string(),
      privileges: z.array(z.string()),
      /** It is there already with just these privileges. */
      exists: z.boolean(),
    })
    .nullable(),
  /** Entries of the access list for the token; they reach everything below their path. */
  entries: z.array(z.object({ path: z.string(), role: z.string() })),
  /** The right that making a narrower token would need; then the token has all rights of its account. null = it is narrow. */
  ownRightsFor: z.object({ privilege: z.string(), path: z.string() }).nullable(),
  /** Privileges that this server's version does not know, and that are left out. */
  leftOut: z.array(z.string()),
  /** Its rights to see backups are the same as those to delete them. */
  mayDelete: z.boolean(),
  /** Stands for exactly this plan: what is made is what was shown. */
  digest: z.string(),
});
export type TokenPlan = z.infer<typeof tokenPlanSchema>;

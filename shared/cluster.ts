import { z } from "zod";

import { errorDataSchema } from "./errors.ts";
import { clusterIdSchema, timeSchema } from "./ids.ts";
import { missingRightSchema } from "./rights.ts";

/** A Proxmox VE cluster (or a node on its own) · a Proxmox Backup Server. */
export const serverKindSchema = z.enum(["pve", "pbs"]);
export type ServerKind = z.infer<typeof serverKindSchema>;

/**
 * online: the last poll answered · degraded: it answers, but a node is down, there is no quorum or a part of the poll failed ·
 * offline: nothing answers · needsLogin: no usable credential · certificateChanged: frozen until re-trusted ·
 * connecting: not asked yet since the app started.
 */
export const clusterStatuses = [
  "connecting",
  "online",
  "degraded",
  "offline",
  "needsLogin",
  "certificateChanged",
] as const;
export const clusterStatusSchema = z.enum(clusterStatuses);
export type ClusterStatus = z.infer<typeof clusterStatusSchema>;

/** A certificate as far as a person can judge it. Times in ms since the epoch. */
export const certificateSchema = z.object({
  /** SHA-256 of the whole certificate, 64 lower-case hex digits. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/u),
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  validFrom: timeSchema,
  validTo: timeSchema,
  selfSigned: z.boolean(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** How a server's certificate is trusted: by the system's authorities (and its name), or by its exact fingerprint. */
export const trustSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("system") }),
  z.object({ kind: z.literal("pinned"), fingerprint: z.string().regex(/^[0-9a-f]{64}$/u) }),
]);
export type Trust = z.infer<typeof trustSchema>;

/** An address of a server as it is kept: what was trusted there, and since when. */
export const addressSchema = z.object({
  /** Canonical `host:port`; IPv6 in brackets. */
  address: z.string(),
  trust: trustSchema,
  /** The node whose certificate it showed when it was added; null where that is not clear. */
  node: z.string().nullable().default(null),
  /** The certificate as it was when it was trusted, to be shown beside another one; null = it was not kept then. */
  certificate: certificateSchema.nullable().default(null),
  trustedAt: timeSchema.nullable().default(null),
});
export type Address = z.infer<typeof addressSchema>;

/** answering: asked now · standby: not needed · down: it failed when last tried · certificateChanged: frozen until re-trusted. */
export const addressStateSchema = z.enum(["answering", "standby", "down", "certificateChanged"]);
export type AddressState = z.infer<typeof addressStateSchema>;

/** An address while the app runs. */
export const addressViewSchema = addressSchema.extend({
  state: addressStateSchema,
  /** Why it is not used. */
  problem: errorDataSchema.optional(),
  /** What it shows in place of what is trusted. */
  seen: z
    .object({
      certificate: certificateSchema,
      /** An authority that this computer trusts has signed it, for this name. */
      trustedBySystem: z.boolean(),
      /** Another node, whose certificate is still the trusted one, names this certificate for the node. */
      namedByCluster: z.boolean(),
      at: timeSchema,
    })
    .optional(),
});
export type AddressView = z.infer<typeof addressViewSchema>;

/** The way to a server that is not reached directly; its password is kept like any other secret and is never part of it. */
export const proxySchema = z.object({
  kind: z.enum(["http", "socks5"]),
  /** Canonical `host:port`. */
  address: z.string(),
  /** null = it asks for no login. At most 255 bytes (RFC 1929). */
  user: z.string().min(1).max(255).nullable(),
});
export type Proxy = z.infer<typeof proxySchema>;

/** `user@realm` */
const userSchema = z
  .string()
  .regex(/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/u)
  .max(128);

/** Who we log in as. The secret itself is never part of it. */
export const loginNameSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("password"), user: userSchema }),
  /** Through the realm's provider, in the browser; there is no secret to keep, only the ticket of two hours. */
  z.object({ kind: z.literal("openid"), user: userSchema }),
  z.object({
    kind: z.literal("token"),
    /** `user@realm!name` */
    tokenId: z
      .string()
      .regex(/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+$/u)
      .max(192),
  }),
]);
export type LoginName = z.infer<typeof loginNameSchema>;

/** `user@realm` or `user@realm!token`, as it stands in a UPID and in the access list. */
export function accountOf(login: LoginName): string {
  return login.kind === "token" ? login.tokenId : login.user;
}

export const clusterNodeSchema = z.object({
  node: z.string(),
  online: z.boolean(),
  /** Numbers are null where the server did not say. Bytes, seconds, cpu as a share of 1. */
  cpu: z.number().nullable(),
  maxCpu: z.number().nullable(),
  memory: z.number().nullable(),
  maxMemory: z.number().nullable(),
  uptime: z.number().nullable(),
});
export type ClusterNode = z.infer<typeof clusterNodeSchema>;

export const clusterSchema = z.object({
  id: clusterIdSchema,
  kind: serverKindSchema,
  name: z.string(),
  demo: z.boolean(),
  /** In the order in which they are used; each was ticked by a person. */
  addresses: z.array(addressViewSchema),
  /** The way to all of them; null = directly. */
  proxy: proxySchema.nullable(),
  login: loginNameSchema,
  /** stored: in the vault · memory: until the app ends · none: has to be typed again. */
  credential: z.enum(["stored", "memory", "none"]),
  status: clusterStatusSchema,
  /** Why it is not simply online; absent when it is. */
  problem: errorDataSchema.optional(),
  /** The server's own name for the cluster, null for a node on its own. */
  clusterName: z.string().nullable(),
  /** `9.2.11`, null before the first answer. */
  version: z.string().nullable(),
  /** The newest version that this app knows, where the server is newer: what is sent to it has the shape of that one. */
  newerThan: z.string().nullable(),
  nodes: z.array(clusterNodeSchema),
  quorate: z.boolean().nullable(),
  /** Server clock minus ours in ms as of the last answer; null when unknown. */
  clockOffset: z.number().nullable(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  /** When a server of it last answered anything; null = never since registration. */
  lastAnswerAt: timeSchema.nullable(),
  /** Features that the account's privileges do not allow, each with the missing privilege and its path. */
  missingRights: z.array(missingRightSchema),
  /** Counts changes of the registration itself; sent back with an edit, so that two windows cannot overwrite each other. */
  edition: z.number().int(),
});
export type Cluster = z.infer<typeof clusterSchema>;

export const secondFactorKindSchema = z.enum(["totp", "recovery", "yubico"]);
export type SecondFactorKind = z.infer<typeof secondFactorKindSchema>;

/** The steps of a registration in the order in which they run. */
export const registrationSteps = ["probe", "certificate", "login", "inspect", "save"] as const;
export const registrationStepSchema = z.enum(registrationSteps);
export type RegistrationStep = z.infer<typeof registrationStepSchema>;

import { z } from "zod";

import { attentionSchema } from "./attention.ts";
import { backupModeSchema, backupSchema, compressionSchema, coverageSchema } from "./backup.ts";
import { backupPlaceSchema } from "./backup-place.ts";
import {
  certificateSchema,
  clusterSchema,
  loginNameSchema,
  proxySchema,
  secondFactorKindSchema,
  serverKindSchema,
  trustSchema,
} from "./cluster.ts";
import {
  backupCountsSchema,
  datastoreNameSchema,
  datastoreRightsSchema,
  datastoreSchema,
  gcStatusSchema,
  namespaceSchema,
  usageHistorySchema,
} from "./datastore.ts";
import { confirmableSchema, confirmationSchema } from "./confirmation.ts";
import { errorDataSchema } from "./errors.ts";
import { liveSet } from "./events.ts";
import { followedTaskSchema, listedTaskSchema, taskCoverageSchema } from "./followed-task.ts";
import { guestDetailSchema, guestSchema, guestTypeSchema, powerActionSchema } from "./guest.ts";
import {
  backupVolidSchema,
  clusterIdSchema,
  jobIdSchema,
  nodeNameSchema,
  storageIdSchema,
  timeSchema,
  vmidSchema,
} from "./ids.ts";
import { jobEventSchema, jobKindSchema, jobSchema, jobStateSchema, logLineSchema } from "./job.ts";
import { keepSchema } from "./retention.ts";
import { serverJobKindSchema, serverJobSchema } from "./server-job.ts";
import { rightsReportSchema } from "./rights.ts";
import { settingsPatchSchema, settingsSchema } from "./settings.ts";
import { groupRefSchema, snapshotGroupSchema, snapshotSchema } from "./snapshot.ts";
import { storageSchema } from "./storage.ts";
import { tokenPlanSchema, tokenUseSchema } from "./token.ts";

const nothing = z.void();
const nameSchema = z.string().trim().min(1).max(255);
const typedAddressSchema = z.string().max(2048);
const filterTextSchema = z.string().max(256);
/** Passwords, token secrets, passphrases and codes: inward only, and only in fields of this schema. */
const secretInputSchema = z.string().min(1).max(1024);

const realmNameSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9.\-_]+$/u);

const credentialInputSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("password"), user: z.string().min(3).max(128), secret: secretInputSchema }),
  z.object({ kind: z.literal("token"), tokenId: z.string().min(5).max(192), secret: secretInputSchema }),
  /** The browser is opened, and the call lasts until it has come back. */
  z.object({ kind: z.literal("openid"), realm: realmNameSchema }),
]);
const secondFactorInputSchema = z.object({
  challenge: z.string().max(128),
  kind: secondFactorKindSchema,
  secret: secretInputSchema,
});
/** A proxy as typed; `secret` left out = the one that is kept. */
const proxyInputSchema = z.object({
  kind: proxySchema.shape.kind,
  address: typedAddressSchema,
  user: proxySchema.shape.user,
  secret: z.string().min(1).max(255).optional(),
});
const trustedAddressSchema = z.object({ address: typedAddressSchema, trust: trustSchema });
const askSecondFactorSchema = z.object({
  outcome: z.literal("secondFactor"),
  /** Name of the pending login in the main process; lives two minutes, like the server's challenge. */
  challenge: z.string(),
  kinds: z.array(secondFactorKindSchema),
});

/** Seeing backups too is, on Proxmox VE, the right to delete them: to watch one can do without. */
const tokenWish = { use: tokenUseSchema, withBackups: z.boolean().default(false) };

const page = {
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(200).default(200),
};
const taskNameSchema = z.object({ clusterId: clusterIdSchema, upid: z.string().max(512) });
const jobStarted = z.object({ jobId: jobIdSchema });
/** A task of the server's own, which is followed like any other task there. */
const taskStarted = z.object({ upid: z.string() });
const vaultStateSchema = z.enum(["undecided", "system", "locked", "unlocked", "memory", "unavailable"]);

const inDatastore = { clusterId: clusterIdSchema, store: datastoreNameSchema };
const inNamespace = { ...inDatastore, namespace: namespaceSchema };
const notesOf = { ...inNamespace, group: groupRefSchema, time: timeSchema.nullable() };

function op<I extends z.ZodType, O extends z.ZodType>(input: I, output: O) {
  return { input, output };
}

/** Operation → input and output. One line here, one function in electron/operations, the button: a new operation is these three. */
export const operations = {
  "app.info": op(
    nothing,
    z.object({
      version: z.string(),
      host: z.enum(["electron", "loopback"]),
      platform: z.string(),
      dataDirectory: z.string(),
      readOnly: z.boolean(),
      /** Database files that were damaged at this start: set aside under a new name, what could be read was taken over. */
      recovered: z.array(
        z.object({
          file: z.string(),
          setAside: z.string(),
          rows: z.number().int(),
          refused: z.number().int(),
        }),
      ),
      demoAvailable: z.boolean(),
    }),
  ),
  /** Opens a page of the project or of a registered server in the system's browser. */
  "app.openLink": op(
    z.discriminatedUnion("to", [
      z.object({ to: z.literal("server"), clusterId: clusterIdSchema }),
      z.object({
        to: z.literal("guest"),
        clusterId: clusterIdSchema,
        vmid: vmidSchema,
        type: guestTypeSchema,
      }),
    ]),
    nothing,
  ),

  /** Says what this window shows. Holds as long as the call is open: the window gives it up for a new one, or is gone. */
  "app.attend": op(attentionSchema, nothing),

  "settings.get": op(nothing, settingsSchema),
  "settings.set": op(settingsPatchSchema, settingsSchema),

  "vault.status": op(
    nothing,
    z.object({ state: vaultStateSchema, systemAvailable: z.boolean(), systemBackend: z.string().nullable() }),
  ),
  /** Decides where secrets live; `passphrase` makes a new vault. */
  "vault.choose": op(
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("system") }),
      z.object({ kind: z.literal("passphrase"), secret: z.string().min(8).max(1024) }),
      z.object({ kind: z.literal("memory") }),
    ]),
    z.object({ state: vaultStateSchema }),
  ),
  "vault.unlock": op(z.object({ secret: secretInputSchema }), z.object({ state: vaultStateSchema })),
  "vault.lock": op(nothing, z.object({ state: vaultStateSchema })),

  "confirmations.request": op(confirmableSchema, confirmationSchema),

  "clusters.list": op(nothing, liveSet(clusterSchema)),
  /** Looks at an address without any credential: is it Proxmox, what certificate does it show. */
  "clusters.probe": op(
    z.object({
      attempt: z.string().max(64),
      address: typedAddressSchema,
      proxy: proxyInputSchema.nullable().default(null),
      /** An edit of this cluster: its kept proxy password is used where none is typed. */
      clusterId: clusterIdSchema.optional(),
    }),
    z.object({
      address: z.string(),
      /** Shown where the name is not plain ASCII: the form that is really asked. */
      punycode: z.string().nullable(),
      kind: serverKindSchema,
      certificate: certificateSchema,
      trustedBySystem: z.boolean(),
      /** Name of the registered cluster that already uses this certificate, if any. */
      alreadyRegistered: z.string().nullable(),
    }),
  ),
  /** The realms that a server offers for its login; public there, asked for without any credential. */
  "clusters.realms": op(
    z.object({ address: typedAddressSchema, proxy: proxyInputSchema.nullable().default(null) }),
    z.object({
      realms: z.array(
        z.object({ realm: z.string(), type: z.string(), comment: z.string(), isDefault: z.boolean() }),
      ),
      /** What an OpenID provider must have registered for this app. */
      redirectUrl: z.string(),
    }),
  ),
  "clusters.register": op(
    z.object({
      attempt: z.string().max(64),
      name: nameSchema,
      address: typedAddressSchema,
      trust: trustSchema,
      proxy: proxyInputSchema.nullable().default(null),
      credential: credentialInputSchema,
      secondFactor: secondFactorInputSchema.optional(),
      /** false: the secret is kept in memory only. */
      remember: z.boolean(),
    }),
    z.discriminatedUnion("outcome", [
      z.object({ outcome: z.literal("registered"), cluster: clusterSchema }),
      askSecondFactorSchema,
    ]),
  ),
  /** Logs in again to a registered cluster whose credential is missing or no longer good. */
  "clusters.login": op(
    z.object({
      clusterId: clusterIdSchema,
      secret: secretInputSchema.optional(),
      secondFactor: secondFactorInputSchema.optional(),
      remember: z.boolean(),
    }),
    z.discriminatedUnion("outcome", [z.object({ outcome: z.literal("loggedIn") }), askSecondFactorSchema]),
  ),
  "clusters.update": op(
    z.object({
      clusterId: clusterIdSchema,
      edition: z.number().int(),
      name: nameSchema.optional(),
      /** All of them, in the order in which they are to be used. New ones are looked at before anything is sent to them. */
      addresses: z.array(trustedAddressSchema).min(1).max(16).optional(),
      /** null = directly. */
      proxy: proxyInputSchema.nullable().optional(),
      login: loginNameSchema.optional(),
      secret: secretInputSchema.optional(),
    }),
    clusterSchema,
  ),
  /** Accepts the certificate that an address shows in place of the pinned one; the last eight hex digits are typed. */
  "clusters.retrust": op(
    z.object({
      clusterId: clusterIdSchema,
      address: typedAddressSchema,
      fingerprint: z.string().length(64),
      typed: z.string().max(32),
    }),
    clusterSchema,
  ),
  /** The nodes as the cluster lists them, with addresses to offer. None of them is connected to. */
  "clusters.findNodes": op(
    z.object({ clusterId: clusterIdSchema }),
    z.object({
      nodes: z.array(
        z.object({
          node: z.string(),
          online: z.boolean(),
          /** The address by which it is registered already. */
          registered: z.string().nullable(),
          suggestions: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** A TLS handshake and nothing more with an address that a person chose for a node. */
  "clusters.lookAtNode": op(
    z.object({ clusterId: clusterIdSchema, node: nodeNameSchema, address: typedAddressSchema }),
    z.object({
      address: z.string(),
      certificate: certificateSchema,
      trustedBySystem: z.boolean(),
      /** Held against the certificates that the cluster itself names for this node; unknown = it names none. */
      match: z.enum(["same", "other", "unknown"]),
      expected: z.array(z.string()),
    }),
  ),
  "clusters.check": op(z.object({ clusterId: clusterIdSchema }), clusterSchema),
  /** What the account may do there, read at this moment. */
  "clusters.rights": op(z.object({ clusterId: clusterIdSchema }), rightsReportSchema),
  /** What would be created on the server for a token of the app's own; sends only reads. */
  "tokens.plan": op(z.object({ clusterId: clusterIdSchema, ...tokenWish }), tokenPlanSchema),
  /** Creates just what the plan with this digest says, uses the token from then on and forgets the password. */
  "tokens.make": op(
    z.object({ clusterId: clusterIdSchema, ...tokenWish, digest: z.string().length(64) }),
    clusterSchema,
  ),
  "clusters.deregister": op(
    z.object({ clusterId: clusterIdSchema, confirmation: z.string().max(128) }),
    nothing,
  ),
  /** Starts the demo cluster and registers it; asked again, it only returns it. */
  "demo.open": op(nothing, clusterSchema),

  "guests.list": op(nothing, liveSet(guestSchema)),
  "guests.get": op(
    z.object({ clusterId: clusterIdSchema, node: nodeNameSchema, vmid: vmidSchema }),
    guestDetailSchema,
  ),
  "guests.power": op(
    z.object({
      clusterId: clusterIdSchema,
      node: nodeNameSchema,
      vmid: vmidSchema,
      action: powerActionSchema,
      confirmation: z.string().max(128).optional(),
    }),
    jobStarted,
  ),
  "storages.list": op(nothing, liveSet(storageSchema)),

  /** The datastores of all registered backup servers. */
  "datastores.list": op(nothing, liveSet(datastoreSchema)),
  /** Counts and last GC are asked of the server; the history is that of the last poll. */
  "datastores.get": op(
    z.object(inDatastore),
    z.object({
      history: usageHistorySchema.nullable(),
      counts: z.array(backupCountsSchema),
      gc: gcStatusSchema.nullable(),
      seenAt: timeSchema,
    }),
  ),

  "datastores.namespaces": op(
    z.object(inDatastore),
    z.object({
      rows: z.array(z.object({ namespace: z.string(), comment: z.string() })),
      bad: z.number().int(),
      seenAt: timeSchema,
    }),
  ),
  /** Groups of one namespace, and what the account may do there. */
  "datastores.groups": op(
    z.object(inNamespace),
    z.object({
      rows: z.array(snapshotGroupSchema),
      bad: z.number().int(),
      rights: datastoreRightsSchema,
      seenAt: timeSchema,
    }),
  ),
  /** Snapshots of one group: a whole datastore at once can be tens of MB. */
  "datastores.snapshots": op(
    z.object({ ...inNamespace, group: groupRefSchema }),
    z.object({ rows: z.array(snapshotSchema), bad: z.number().int(), seenAt: timeSchema }),
  ),
  /** The whole notes of a snapshot, or (time null) of its group; lists have only their first line. */
  "datastores.notes": op(z.object(notesOf), z.object({ notes: z.string() })),
  "datastores.setNotes": op(z.object({ ...notesOf, notes: z.string().max(65_536) }), nothing),
  "datastores.protect": op(
    z.object({ ...inNamespace, group: groupRefSchema, time: timeSchema, protected: z.boolean() }),
    nothing,
  ),

  /** Starts a verification of a namespace and all below, a group, or one snapshot. */
  "datastores.verify": op(
    z.object({
      ...inNamespace,
      group: groupRefSchema.nullable(),
      time: timeSchema.nullable(),
      ignoreVerified: z.boolean(),
      outdatedAfter: z.number().int().min(1).max(9999).nullable(),
    }),
    taskStarted,
  ),
  /** Removes what the confirmation has shown, and refuses where the server's own dry run says anything else by now. */
  "datastores.prune": op(
    z.object({
      ...inNamespace,
      group: groupRefSchema.nullable(),
      keep: keepSchema,
      confirmation: z.string().max(128),
    }),
    taskStarted,
  ),
  "datastores.collectGarbage": op(z.object(inDatastore), taskStarted),

  /** Runs a job of a backup server now; one that removes backups needs a confirmation. */
  "serverJobs.run": op(
    z.object({
      clusterId: clusterIdSchema,
      kind: serverJobKindSchema,
      id: z.string().min(1).max(256),
      confirmation: z.string().max(128).optional(),
    }),
    taskStarted,
  ),
  /** Sync, verify, prune and GC jobs of a backup server; a kind that could not be read is named with its reason. */
  "serverJobs.list": op(
    z.object({ clusterId: clusterIdSchema }),
    z.object({
      jobs: z.array(serverJobSchema),
      failed: z.array(z.object({ kind: serverJobKindSchema, error: errorDataSchema })),
      /** Rows that could not be read. */
      bad: z.number().int(),
      seenAt: timeSchema,
    }),
  ),

  /** Storages of type `pbs`, each with the registered backup server that it points to. */
  "backups.places": op(nothing, z.object({ places: z.array(backupPlaceSchema) })),
  /** A window over all backups that are known; reads the servers again where what is known is old. */
  "backups.list": op(
    z.object({
      ...page,
      clusterId: clusterIdSchema.optional(),
      vmid: vmidSchema.optional(),
      storage: storageIdSchema.optional(),
      text: filterTextSchema.default(""),
      sort: z.enum(["createdAt", "size", "vmid", "storage"]).default("createdAt"),
      descending: z.boolean().default(true),
      refresh: z.boolean().default(false),
    }),
    z.object({ rows: z.array(backupSchema), total: z.number().int(), coverage: z.array(coverageSchema) }),
  ),
  /** What the dialog "Back up now" must know of this guest before it offers anything. */
  "backups.prepare": op(
    z.object({ clusterId: clusterIdSchema, node: nodeNameSchema, vmid: vmidSchema }),
    z.object({
      storages: z.array(
        z.object({
          storage: z.string(),
          type: z.string(),
          available: z.number().nullable(),
          total: z.number().nullable(),
          /** Compression is the backup server's own business there. */
          compressionApplies: z.boolean(),
          /** Why it cannot be chosen; null = it can. */
          problem: z.enum(["inactive", "noRight"]).nullable(),
          /** The keep-N rule that would refuse a further copy; null = none, or not known. */
          limit: z
            .object({ max: z.number().int(), copies: z.number().int(), reached: z.boolean() })
            .nullable(),
          /** The account may lift the limit with keep-all (Datastore.Allocate). */
          mayKeepAll: z.boolean(),
          /** Protected copies already there against the allowed number; null = unlimited or not known. */
          protectedLimit: z.object({ max: z.number().int(), copies: z.number().int() }).nullable(),
        }),
      ),
      /** The server's own default mode and compression for this node. */
      defaults: z.object({
        mode: backupModeSchema,
        compress: compressionSchema,
        storage: z.string().nullable(),
      }),
      /** The server can carry a note (7.2 and later). */
      notes: z.boolean(),
      protect: z.boolean(),
      /** Size of the newest copy by storage, to compare with the free room. */
      lastSize: z.number().nullable(),
      lastSeconds: z.number().nullable(),
    }),
  ),
  "backups.run": op(
    z.object({
      clusterId: clusterIdSchema,
      node: nodeNameSchema,
      vmid: vmidSchema,
      storage: storageIdSchema,
      mode: backupModeSchema,
      compress: compressionSchema,
      note: z.string().max(900),
      protect: z.boolean(),
      keepAll: z.boolean(),
      /** Minted once per opened dialog: a second click with the same draft returns the first job. */
      draft: z.string().max(64),
    }),
    jobStarted,
  ),

  /** What the dialog "Restore as new guest" must know of this backup. */
  "restore.prepare": op(
    z.object({
      clusterId: clusterIdSchema,
      node: nodeNameSchema,
      storage: storageIdSchema,
      volid: backupVolidSchema,
    }),
    z.object({
      vmid: z.number().int(),
      name: z.string(),
      guestType: guestTypeSchema,
      sourceVmid: z.number().int().nullable(),
      sourceRunning: z.boolean(),
      createdAt: timeSchema,
      size: z.number().nullable(),
      nodes: z.array(
        z.object({
          node: z.string(),
          online: z.boolean(),
          /** The backup's storage can be read there. */
          readable: z.boolean(),
          storages: z.array(
            z.object({
              storage: z.string(),
              type: z.string(),
              available: z.number().nullable(),
              total: z.number().nullable(),
            }),
          ),
        }),
      ),
      disks: z.array(z.object({ key: z.string(), storage: z.string(), size: z.string().nullable() })),
      memory: z.number().nullable(),
      cores: z.number().nullable(),
    }),
  ),
  "restore.checkId": op(
    z.object({ clusterId: clusterIdSchema, vmid: vmidSchema }),
    z.object({ free: z.boolean() }),
  ),
  "restore.run": op(
    z.object({
      clusterId: clusterIdSchema,
      node: nodeNameSchema,
      storage: storageIdSchema,
      volid: backupVolidSchema,
      vmid: vmidSchema,
      name: z.string().max(63),
      targetStorage: storageIdSchema.nullable(),
      start: z.boolean(),
      unique: z.boolean(),
      draft: z.string().max(64),
    }),
    jobStarted,
  ),

  /** Open jobs and those that ended lately (a live set). */
  "jobs.list": op(nothing, liveSet(jobSchema)),
  "jobs.get": op(
    z.object({ jobId: jobIdSchema }),
    z.object({ job: jobSchema, events: z.array(jobEventSchema) }),
  ),
  "jobs.cancel": op(z.object({ jobId: jobIdSchema, confirmation: z.string().max(128) }), jobSchema),
  /** For an unconfirmed job: the admin says which task it was, or that it was none. */
  "jobs.resolve": op(z.object({ jobId: jobIdSchema, upid: z.string().max(512).nullable() }), jobSchema),
  "jobs.lookAgain": op(z.object({ jobId: jobIdSchema }), jobSchema),
  "jobs.log": op(
    z.object({
      jobId: jobIdSchema,
      upid: z.string().max(512).optional(),
      start: z.number().int().min(0),
      limit: z.number().int().min(1).max(5000),
    }),
    z.object({ lines: z.array(logLineSchema), total: z.number().int(), complete: z.boolean() }),
  ),
  "jobs.searchLog": op(
    z.object({ jobId: jobIdSchema, upid: z.string().max(512).optional(), text: z.string().min(1).max(256) }),
    z.object({ lines: z.array(z.number().int()), total: z.number().int() }),
  ),
  /** Saves the whole log through the host's "save a file". */
  "jobs.saveLog": op(z.object({ jobId: jobIdSchema }), z.object({ saved: z.boolean() })),

  /** Tasks that run on the servers and those that ended lately, whoever started them (a live set). */
  "tasks.list": op(nothing, liveSet(listedTaskSchema)),
  /** How complete that list is, by server (a live set). */
  "tasks.coverage": op(nothing, liveSet(taskCoverageSchema)),
  /** A page of a node's own list, which remembers more; a backup server has one node, whatever is named. */
  "tasks.page": op(
    z.object({ ...page, clusterId: clusterIdSchema, node: nodeNameSchema, vmid: vmidSchema.optional() }),
    z.object({
      rows: z.array(listedTaskSchema),
      total: z.number().int(),
      bad: z.number().int(),
      missing: taskCoverageSchema.shape.missing,
      asToken: z.boolean(),
    }),
  ),
  /** Follows a task while the call is open (events `task.changed`, `task.output`); answers when nothing more will come. */
  "tasks.follow": op(taskNameSchema, followedTaskSchema),
  "tasks.log": op(
    taskNameSchema.extend({ start: z.number().int().min(0), limit: z.number().int().min(1).max(5000) }),
    z.object({ lines: z.array(logLineSchema), total: z.number().int(), complete: z.boolean() }),
  ),
  "tasks.searchLog": op(
    taskNameSchema.extend({ text: z.string().min(1).max(256) }),
    z.object({ lines: z.array(z.number().int()), total: z.number().int() }),
  ),
  "tasks.saveLog": op(taskNameSchema, z.object({ saved: z.boolean() })),
  "tasks.stop": op(taskNameSchema.extend({ confirmation: z.string().max(128) }), nothing),

  "history.list": op(
    z.object({
      ...page,
      clusterId: clusterIdSchema.optional(),
      vmid: vmidSchema.optional(),
      text: filterTextSchema.default(""),
      kinds: z.array(jobKindSchema).default([]),
      states: z.array(jobStateSchema).default([]),
      from: timeSchema.optional(),
      to: timeSchema.optional(),
      sort: z.enum(["createdAt", "durationSeconds", "size"]).default("createdAt"),
      descending: z.boolean().default(true),
    }),
    z.object({ rows: z.array(jobSchema), total: z.number().int() }),
  ),
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** What a caller gives (defaults may be left out). */
export type Input<N extends OperationName> = z.input<Operations[N]["input"]>;
/** What a handler gets (parsed, defaults filled in). */
export type Parsed<N extends OperationName> = z.output<Operations[N]["input"]>;
export type Output<N extends OperationName> = z.infer<Operations[N]["output"]>;

/** Streams: binary both ways under one id, with back-pressure. Name → input of its opening. */
export const streams = {
  /** A file handed over by Host.saveFile of the loopback host: bytes towards the renderer. */
  "host.file": z.object({ stream: z.string().max(128) }),
  /** Sends back what it gets: the bridge's own test of order, binary safety and back-pressure. */
  "bridge.echo": z.object({}),
} as const satisfies Record<string, z.ZodType>;
export type StreamName = keyof typeof streams;

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { AppError, isAppError, toErrorData } from "../shared/errors.ts";
import { clusterIdSchema } from "../shared/ids.ts";
import { isOpen } from "../shared/job.ts";
import { createAudience } from "./clusters/attention.ts";
import { createBackupPlaces } from "./clusters/backup-places.ts";
import { backgroundAgeMs, createBackupReader } from "./clusters/backup-reader.ts";
import { createClusters } from "./clusters/clusters.ts";
import { createCertificateWatch } from "./clusters/certificate-watch.ts";
import { createCredentials } from "./clusters/credentials.ts";
import { createDatastores } from "./clusters/datastores.ts";
import { createDemo } from "./clusters/demo.ts";
import { createInventory } from "./clusters/inventory.ts";
import { createJobServer } from "./clusters/job-server.ts";
import { createMembers } from "./clusters/members.ts";
import { createOpenId } from "./clusters/openid.ts";
import { createTaskLists } from "./clusters/task-lists.ts";
import { createTaskTurns } from "./clusters/task-turns.ts";
import { createRegistration } from "./clusters/registration.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createKeptLogs } from "./jobs/read-log.ts";
import { createTaskWatch } from "./jobs/watch-task.ts";
import { ulid } from "./jobs/ulid.ts";
import { certificateNotice, startNotifier } from "./notify.ts";
import { createConfirmations } from "./operations/confirmations.ts";
import { createHandlers } from "./operations/index.ts";
import { systemClock } from "./proxmox/clock.ts";
import { taskAuditPath } from "./proxmox/requests/task-rights.ts";
import { createSession } from "./proxmox/session.ts";
import { createAudit } from "./store/audit.ts";
import { createBackups } from "./store/backups.ts";
import { createJobStore } from "./store/jobs.ts";
import { createLogStore } from "./store/logs.ts";
import { makeFilesPrivate, makePrivateDirectory } from "./store/safe-file.ts";
import { createServers } from "./store/servers.ts";
import { openSettings } from "./store/settings.ts";
import { openStore, type Store } from "./store/store.ts";
import { openVault } from "./store/vault.ts";
import { version } from "./version.ts";

import type { Job } from "../shared/job.ts";
import type { Settings } from "../shared/settings.ts";
import type { StartDemo } from "./clusters/demo.ts";
import type { Inventory } from "./clusters/inventory.ts";
import type { Clusters } from "./clusters/clusters.ts";
import type { Host } from "./host.ts";
import type { Hub } from "./hub.ts";
import type { HitFailpoint } from "./jobs/failpoint.ts";
import type { JobLimits } from "./jobs/limits.ts";
import type { JobServer } from "./jobs/server.ts";
import type { Log } from "./log.ts";
import type { Deps } from "./operations/deps.ts";
import type { Handlers, StreamHandlers } from "./operations/handlers.ts";
import type { Clock } from "./proxmox/clock.ts";
import type { Redactor } from "./proxmox/secret.ts";
import type { Authorities } from "./proxmox/tls.ts";
import type { Vault } from "./store/vault.ts";

export interface HouseOptions {
  readonly host: Host;
  readonly hub: Hub;
  readonly dataDirectory: string;
  /** This process's copy of store/database-worker. */
  readonly workerUrl: URL;
  /** null = this build has no demo cluster. */
  readonly startDemo: StartDemo | null;
  readonly log: Log;
  readonly redactor: Redactor;
  readonly clock?: Clock;
  /** Tests only. */
  readonly failpoint?: HitFailpoint;
  readonly limits?: Partial<JobLimits>;
  readonly looksUp?: boolean;
  readonly authorities?: Authorities;
}

export interface House {
  readonly handlers: Handlers;
  /** Streams whose body is not the host's. */
  readonly streams: StreamHandlers;
  /** Stops following and closes the store; jobs go on at their servers. */
  close(): Promise<void>;
}

/** Opens the data directory, takes up what the last run left, and offers every operation. Both entries compose just this. */
export async function createHouse(options: HouseOptions): Promise<House> {
  const { host, hub, log, dataDirectory, redactor } = options;
  const clock = options.clock ?? systemClock;
  const { now } = clock;
  const authorities = options.authorities === undefined ? {} : { authorities: options.authorities };
  await makePrivateDirectory(dataDirectory);
  const settings = openSettings(dataDirectory, now);
  const store = await openStore({ directory: dataDirectory, workerUrl: options.workerUrl, now });
  const readOnly = store.readOnly !== null;
  if (!readOnly) await makeFilesPrivate(dataDirectory);
  const vault = await openVault({ directory: dataDirectory, system: host.secrets, now });
  if (!readOnly) await settleVault(vault, host, settings);

  const audit = createAudit(store.jobs, now);
  const servers = createServers(store.jobs);
  const backups = createBackups(store.archive);
  const credentials = createCredentials(vault, redactor);
  const newId = (): string => ulid(now(), randomBytes);
  const audience = createAudience();
  const members = createMembers({
    hub,
    log,
    servers,
    credentials,
    readOnly,
    createSession: (session) => createSession({ ...session, clock, ...authorities }),
    routesChanged(clusterId) {
      // Whoever met the wrong certificate: the status tells of it now, not at its next turn.
      if (members.get(clusterId).session.state().kind === "certificateChanged") inventory.nudge(clusterId);
      inBackground("a look at certificates", () => certificates.look(clusterId));
    },
  });
  const certificates = createCertificateWatch({
    members,
    audit,
    now,
    readOnly,
    alarm({ name }, address) {
      if (settings.get().notifications) host.notify(certificateNotice(name, address));
    },
    ...authorities,
  });
  const backupReader = createBackupReader({
    hub,
    log,
    now,
    members,
    backups,
    readOnly,
    inventory: () => inventory,
  });
  const datastores = createDatastores({ hub });
  const backupPlaces = createBackupPlaces({ members, now });
  const taskLists = createTaskLists({ hub, clock, audience });
  const inventory: Inventory = createInventory({
    hub,
    log,
    clock,
    members,
    datastores,
    taskLists,
    audience,
    lastBackupOf: backupReader.lastBackupOf,
    reachable(clusterId) {
      jobs.onClusterReachable(clusterId);
      inBackground("backup lists", () => backupReader.refresh(clusterId, backgroundAgeMs));
    },
  });
  const openId = createOpenId({
    port: () => settings.get().openIdPort,
    openLink: (url) => host.openLink(url),
    credentials,
  });
  const registration = createRegistration({
    hub,
    clock,
    // ULIDs are made of digits and capitals; cluster ids are lower case.
    newId: () => clusterIdSchema.parse(newId().toLowerCase()),
    members,
    servers,
    credentials,
    vault,
    audit,
    openId,
    added: inventory.start,
    ...authorities,
  });
  const clusters: Clusters = createClusters({
    now,
    members,
    inventory,
    registration,
    servers,
    credentials,
    vault,
    audit,
    openId,
    certificates,
    inBackground,
    async removed(clusterId) {
      jobServers.delete(clusterId);
      backupReader.forget(clusterId);
      backupPlaces.forget(clusterId);
      await backups.forget(clusterId);
      await jobs.onClusterRemoved(clusterId);
      if (!members.servers().some((server) => server.demo)) await demo.stop();
    },
    ...authorities,
  });
  const demo = createDemo(
    {
      startDemo: options.startDemo,
      stateFile: join(dataDirectory, "demo.json"),
      servers,
      credentials,
      log,
      readOnly,
    },
    () => clusters,
  );

  const closing = new AbortController();
  const working = new Set<Promise<void>>();
  function inBackground(name: string, work: () => Promise<void>): void {
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        if (closing.signal.aborted) return;
        log.warn({ error }, `${name} failed`);
        if (isAppError(error, "store.failed", "store.full")) hub.emit("app.problem", toErrorData(error));
      })
      .finally(() => working.delete(running));
    working.add(running);
  }

  const registered = await servers.list();
  for (const id of registered.unreadable) log.error({ cluster: id }, "a registration cannot be read");
  if (!readOnly) {
    await credentials.keepOnly([...registered.servers.map(({ id }) => id), ...registered.unreadable]);
  }
  for (const server of registered.servers) {
    await members.add(server.demo && !readOnly ? await demo.resume(server) : server);
    await backupReader.load(server.id);
  }

  const jobServers = new Map<string, JobServer>();
  function jobServer(clusterId: string): JobServer | null {
    if (!members.has(clusterId)) return null;
    const known =
      jobServers.get(clusterId) ??
      createJobServer({
        member: () => members.get(clusterId),
        turns: createTaskTurns(clock),
        isWatched: audience.watches,
        redact: redactor.redact,
      });
    jobServers.set(clusterId, known);
    return known;
  }
  const logs = createLogStore(store.archive);
  const taskWatch = createTaskWatch({
    server: jobServer,
    missingRight: (clusterId, node) => ({
      privilege: "Sys.Audit",
      path:
        members.get(clusterId).server.kind === "pve" ? taskAuditPath.node(node) : taskAuditPath.backupServer,
    }),
    logs,
    clock,
    emit: hub.emit,
    log,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const jobs = await createJobs({
    store: createJobStore(store.jobs),
    logs,
    audit,
    readOnly,
    server: jobServer,
    isWatched: audience.watches,
    clock,
    random: randomBytes,
    emit: hub.emit,
    log,
    ...(options.failpoint === undefined ? {} : { failpoint: options.failpoint }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.looksUp === undefined ? {} : { looksUp: options.looksUp }),
  });
  const stopAttending = audience.onChange(jobs.onAttention);
  const stopNotifier = startNotifier({ hub, host, settings: settings.get, openJobs: jobs.unannounced() });
  const stopWatching = watchEnds(hub, jobs.list().items, (job) => {
    inventory.nudge(job.clusterId);
    if (job.request.kind !== "backup") return;
    const { storage } = job.request;
    inBackground("backup list", () => backupReader.refreshStorage(job.clusterId, storage));
  });
  for (const { server } of members.all()) inventory.start(server.id);
  inBackground("backup lists", () => refreshLists());

  /** Looks now and then, so that "last backup" is not older than it says. */
  async function refreshLists(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(backgroundAgeMs, closing.signal);
      for (const { server } of members.all()) await backupReader.refresh(server.id, backgroundAgeMs);
    }
  }

  const deps: Deps = {
    info: { version, dataDirectory, readOnly, recovered: recoveredFiles(store) },
    host,
    hub,
    log,
    now,
    sleep: clock.sleep,
    newId,
    settings,
    vault,
    store,
    audit,
    audience,
    clusters,
    inventory,
    datastores,
    backups,
    backupReader,
    backupPlaces,
    jobs,
    taskLists,
    taskWatch,
    keptLogs: createKeptLogs(logs),
    confirmations: createConfirmations(now),
    demo,
  };
  return {
    handlers: createHandlers(deps),
    streams: ownStreams,
    async close() {
      closing.abort(new AppError("cancelled"));
      stopAttending();
      stopNotifier();
      stopWatching();
      await jobs.close();
      await registration.close();
      await members.close();
      await inventory.close();
      await Promise.all(working);
      await demo.stop();
      vault.lock();
      await store.close();
    },
  };
}

/** A system that keeps secrets safely needs no question; what the vault says is what the settings show. */
async function settleVault(
  vault: Vault,
  host: Host,
  settings: { setSecrets(secrets: Settings["secrets"]): Settings },
): Promise<void> {
  if (vault.mode === "undecided" && host.secrets !== null) await vault.choose({ kind: "system" });
  settings.setSecrets(vault.mode);
}

/** Calls back once for each job that ends. */
function watchEnds(hub: Hub, known: readonly Job[], ended: (job: Job) => void): () => void {
  const open = new Set<string>(known.filter((job) => isOpen(job.state)).map((job) => job.id));
  return hub.listen((event, _key, payload) => {
    if (event !== "jobs.changed") return;
    for (const job of (payload as { readonly changed: readonly Job[] }).changed) {
      if (isOpen(job.state)) open.add(job.id);
      else if (open.delete(job.id)) ended(job);
    }
  });
}

const ownStreams: StreamHandlers = {
  "bridge.echo": async (_input, duplex) => {
    for await (const chunk of duplex.incoming) await duplex.write(chunk);
  },
  // Only the loopback host hands files over a stream; it brings a body of its own.
  "host.file": () => Promise.reject(new AppError("host.unsupported")),
};

/** What was found damaged at this start, for the window to tell. */
function recoveredFiles(store: Store): Deps["info"]["recovered"] {
  const files = [
    { file: "jobs.db", report: store.jobs.report },
    { file: "archive.db", report: store.archive.report },
  ];
  return files.flatMap(({ file, report: { recovered } }) => {
    if (recovered === null) return [];
    const rows = Object.values(recovered.rows).reduce((sum, count) => sum + count, 0);
    return [{ file, setAside: recovered.setAside, rows, refused: recovered.refused }];
  });
}

/** Places of the window, as the router knows them. */
export const places = {
  guests: "/guests",
  backups: "/backups",
  jobs: "/jobs",
  history: "/history",
  servers: "/servers",
} as const;

/** A guest's page. The node is part of it: the same id can be reported on two nodes, and both want to be seen. */
export function guestPath(guest: {
  readonly clusterId: string;
  readonly node: string;
  readonly vmid: number;
}): string {
  return `${places.guests}/${encodeURIComponent(guest.clusterId)}/${encodeURIComponent(guest.node)}/${guest.vmid}`;
}

/** What the account of a server may do. */
export function rightsPath(clusterId: string): string {
  return `${places.servers}/${encodeURIComponent(clusterId)}/rights`;
}

/** The tasks of all servers stand beside the jobs. */
export const tasksPath = `${places.jobs}/tasks`;

export function taskPath(task: { readonly clusterId: string; readonly upid: string }): string {
  return `${tasksPath}/${encodeURIComponent(task.clusterId)}/${encodeURIComponent(task.upid)}`;
}

export function jobPath(jobId: string): string {
  return `${places.jobs}/${encodeURIComponent(jobId)}`;
}

export const backupServerTabs = ["datastores", "jobs", "tasks"] as const;
export type BackupServerTab = (typeof backupServerTabs)[number];

/** A backup server's page: its datastores, or another tab of it. */
export function backupServerPath(clusterId: string, tab: BackupServerTab = "datastores"): string {
  return `${places.servers}/${encodeURIComponent(clusterId)}/${tab}`;
}

export function datastorePath(datastore: { readonly clusterId: string; readonly store: string }): string {
  return `${backupServerPath(datastore.clusterId)}/${encodeURIComponent(datastore.store)}`;
}

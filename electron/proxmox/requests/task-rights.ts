/** Where Sys.Audit lets an account see other people's tasks (pve-manager, API2/Tasks.pm and Cluster.pm; proxmox-backup, api2/node/tasks.rs). */
export const taskAuditPath = {
  cluster: "/",
  node: (node: string): string => `/nodes/${node}`,
  backupServer: "/system/tasks",
} as const;

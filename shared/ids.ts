import { z } from "zod";

/** Proxmox's own grammars (pve-common JSONSchema): anything else never becomes part of a path. */
export const nodeNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/u)
  .brand("NodeName");
export const storageIdSchema = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9._-]*[a-zA-Z0-9]$/u)
  .max(100)
  .brand("StorageId");
export const vmidSchema = z.number().int().min(100).max(999_999_999).brand("Vmid");
/** `STORAGE:backup/NAME`: the only volumes that we act on are backups. */
export const backupVolidSchema = z
  .string()
  .max(512)
  .regex(/^[a-zA-Z][a-zA-Z0-9._-]*[a-zA-Z0-9]:backup\/(?!.*\.\.)[^\s\\]+$/u)
  .brand("BackupVolid");
export const clusterIdSchema = z
  .string()
  .regex(/^[0-9a-z-]{1,64}$/u)
  .brand("ClusterId");
export const jobIdSchema = z
  .string()
  .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/u)
  .brand("JobId");

export type ClusterId = z.infer<typeof clusterIdSchema>;

/** Milliseconds since the epoch; every time that crosses the bridge is one. */
export const timeSchema = z.number().int();

import { z } from "zod";

import { backupVolidSchema, nodeNameSchema, storageIdSchema, vmidSchema } from "../../../shared/ids.ts";

/** Proxmox's grammar of a name that becomes one segment of a path: no slash, no dot alone, nothing that is not printed. */
const word = z
  .string()
  .max(256)
  .regex(/^(?!\.+$)[^\s/\\]+$/u);
const user = z
  .string()
  .max(128)
  .regex(/^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/u);
/** Both products' UPIDs; which fields they have is the reader's business (shared/task.ts). */
const upid = z
  .string()
  .max(1024)
  .regex(/^UPID:[^\s/]+:$/u);

/** What may stand in the place of `{name}` in a path, by name. The same name means the same thing in every request. */
export const segments = {
  node: nodeNameSchema,
  storage: storageIdSchema,
  vmid: vmidSchema,
  /** The API has every guest path twice. */
  guest: z.enum(["qemu", "lxc"]),
  /** A status that a guest is brought into. */
  action: z.enum(["start", "shutdown", "stop", "reboot"]),
  volume: backupVolidSchema,
  upid,
  userid: user,
  tokenid: z.string().regex(/^[A-Za-z][A-Za-z0-9.\-_]+$/u),
  roleid: z.string().regex(/^[A-Za-z0-9.\-_]{1,64}$/u),
  realm: z.string().regex(/^[A-Za-z][A-Za-z0-9.\-_]+$/u),
  poolid: word,
  snapname: z
    .string()
    .max(40)
    .regex(/^[a-zA-Z][\w-]*$/u),
  /** A job or any other thing that a configuration names. */
  id: word,
  /** Of a backup server. */
  store: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/u),
} as const;

export type SegmentName = keyof typeof segments;
export type SegmentValue<N extends SegmentName> = z.input<(typeof segments)[N]>;

/** The closed lists among them stand for as many paths of the API. */
export function choicesOf(name: SegmentName): readonly string[] | null {
  const schema = segments[name];
  return schema instanceof z.ZodEnum ? schema.options : null;
}

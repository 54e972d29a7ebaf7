import { apiPath, nodeOf, storageOf, vmidOf, volidOf } from "../api-path.ts";
import type { Query } from "../api-path.ts";
import type { Session } from "../session.ts";
import { launch } from "./launch.ts";
import type { LaunchOutcome } from "./launch.ts";

export interface RestoreInput {
  /** The node that does it; it must see the backup's storage. */
  readonly node: string;
  /** A free id: `force` is never sent, so a taken one is refused before anything is written. */
  readonly vmid: number;
  readonly volid: string;
  /** null: every disk back to the storage named in the backup. */
  readonly storage: string | null;
  /** New MAC addresses. */
  readonly unique: boolean;
  readonly start: boolean;
  /** null: the name in the backup. Another one needs VM.Config.Options. */
  readonly name: string | null;
}

function common(input: RestoreInput): Query {
  return {
    vmid: vmidOf(input.vmid),
    storage: input.storage === null ? undefined : storageOf(input.storage),
    unique: input.unique,
    start: input.start,
  };
}

/** Restores a VM under a new id. Never throws for what the server says; AppError `input.invalid` for ids that are none. */
export async function restoreVm(
  session: Session,
  input: RestoreInput,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const node = nodeOf(input.node);
  const form = { ...common(input), archive: volidOf(input.volid), name: input.name ?? undefined };
  const request = { method: "POST", path: apiPath`nodes/${node}/qemu`, input: form, node } as const;
  return await launch(session, request, { node, types: ["qmrestore"] }, signal);
}

/** The same for a container. `restore=1` is what makes it a restore: without it the archive would be taken for a template. */
export async function restoreContainer(
  session: Session,
  input: RestoreInput,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const node = nodeOf(input.node);
  const form = {
    ...common(input),
    ostemplate: volidOf(input.volid),
    restore: true,
    hostname: input.name ?? undefined,
  };
  const request = { method: "POST", path: apiPath`nodes/${node}/lxc`, input: form, node } as const;
  return await launch(session, request, { node, types: ["vzrestore"] }, signal);
}

import { guestRequests } from "../requests/pve/guests.ts";
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

function common({ node, vmid, storage, unique, start }: RestoreInput) {
  return { node, vmid, storage: storage ?? undefined, unique, start };
}

/** Restores a VM under a new id. Never throws for what the server says; AppError `input.invalid` for ids that are none. */
export async function restoreVm(
  session: Session,
  input: RestoreInput,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const values = { ...common(input), archive: input.volid, name: input.name ?? undefined };
  const request = { request: guestRequests.restoreVm, values };
  return await launch(session, request, { node: input.node, types: ["qmrestore"] }, signal);
}

/** The same for a container. `restore=1` is what makes it a restore: without it the archive would be taken for a template. */
export async function restoreContainer(
  session: Session,
  input: RestoreInput,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const values = {
    ...common(input),
    ostemplate: input.volid,
    restore: true,
    hostname: input.name ?? undefined,
  };
  const request = { request: guestRequests.restoreContainer, values };
  return await launch(session, request, { node: input.node, types: ["vzrestore"] }, signal);
}

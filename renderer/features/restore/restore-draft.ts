import { isPlausibleTime } from "../../../shared/format.ts";

import type { Input, Output } from "../../../shared/operations.ts";
import type { StorageOption } from "../../ui/storage-choice.tsx";

export type RestoreOffer = Output<"restore.prepare">;
export type RestoreNode = RestoreOffer["nodes"][number];

/** What stands in the dialog "Restore as new guest". `vmid` is the text of the field: it may be unfinished. */
export interface RestoreDraft {
  readonly vmid: string;
  readonly name: string;
  readonly node: string;
  /** null: every disk back to the storage that the backup names. */
  readonly targetStorage: string | null;
  readonly start: boolean;
  readonly unique: boolean;
}

export const vmidMin = 100;
export const vmidMax = 999_999_999;
export const nameMaxLength = 63;

/** Guest names are DNS names (pve-common JSONSchema `dns-name`); empty keeps the name in the backup. */
const namePattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/u;

/** Nodes where the restore can run: up, and able to read the backup. */
export function usableNodes(offer: RestoreOffer): readonly RestoreNode[] {
  return offer.nodes.filter((node) => node.online && node.readable);
}

/** Storages that the backup's disks stood on but that this node does not have: "as in the backup" would fail there. */
export function missingStorages(offer: RestoreOffer, node: RestoreNode | undefined): readonly string[] {
  const there = new Set(node?.storages.map((storage) => storage.storage));
  return [...new Set(offer.disks.map((disk) => disk.storage))].filter((storage) => !there.has(storage));
}

function roomiest(node: RestoreNode | undefined): string | null {
  const sorted = [...(node?.storages ?? [])].sort((a, b) => (b.available ?? -1) - (a.available ?? -1));
  return sorted[0]?.storage ?? null;
}

/** "As in the backup" where that can work, else the storage with the most room. */
export function proposeTarget(offer: RestoreOffer, node: RestoreNode | undefined): string | null {
  const fits = offer.disks.length > 0 && missingStorages(offer, node).length === 0;
  return fits ? null : roomiest(node);
}

/** `preferred`: the node that is taken if it can do it. */
export function newRestoreDraft(offer: RestoreOffer, preferred: string): RestoreDraft {
  const nodes = usableNodes(offer);
  const node = nodes.find((candidate) => candidate.node === preferred) ?? nodes[0];
  return {
    vmid: String(offer.vmid),
    name: offer.name,
    node: node?.node ?? "",
    targetStorage: proposeTarget(offer, node),
    start: false,
    unique: true,
  };
}

/** The id as a number, or null while the field holds something else. */
export function parseVmid(text: string): number | null {
  if (!/^[1-9]\d{2,8}$/u.test(text.trim())) return null;
  const vmid = Number(text.trim());
  return vmid >= vmidMin && vmid <= vmidMax ? vmid : null;
}

export type RestoreProblem = "vmid" | "vmidTaken" | "vmidUnchecked" | "name" | "node" | "target";

/** What stands against starting, first things first; `free` is the server's answer for exactly this id (null = not yet). */
export function restoreProblem(
  offer: RestoreOffer,
  draft: RestoreDraft,
  free: boolean | null,
): RestoreProblem | null {
  if (parseVmid(draft.vmid) === null) return "vmid";
  if (free === false) return "vmidTaken";
  if (!nameFits(draft.name)) return "name";
  const node = usableNodes(offer).find((candidate) => candidate.node === draft.node);
  if (node === undefined) return "node";
  if (draft.targetStorage !== null && !node.storages.some((s) => s.storage === draft.targetStorage))
    return "target";
  if (draft.targetStorage === null && missingStorages(offer, node).length > 0) return "target";
  return free === null ? "vmidUnchecked" : null;
}

export function nameFits(name: string): boolean {
  return name === "" || (name.length <= nameMaxLength && namePattern.test(name));
}

/** Two guests with one MAC address in one network disturb each other: the risk of keeping them while the original runs. */
export function macsCollide(offer: RestoreOffer, draft: RestoreDraft): boolean {
  return !draft.unique && offer.sourceRunning;
}

/** Stands for "as in the backup" where a control needs a text; no storage can have this name. */
export const asInBackup = "";

/** What can be chosen as target: as in the backup first, then the node's storages. The words are given: none are kept here. */
export function targetOptions(
  offer: RestoreOffer,
  node: RestoreNode | undefined,
  words: { readonly asInBackup: string; missing(storages: readonly string[]): string },
): readonly StorageOption[] {
  const missing = missingStorages(offer, node);
  const named = [...new Set(offer.disks.map((disk) => disk.storage))];
  const first: StorageOption = {
    value: asInBackup,
    name: words.asInBackup,
    type: "",
    available: null,
    total: null,
    problem: missing.length === 0 ? null : words.missing(missing),
    note: named.join(", "),
  };
  const storages = (node?.storages ?? []).map((storage): StorageOption => ({
    value: storage.storage,
    name: storage.storage,
    type: storage.type,
    available: storage.available,
    total: storage.total,
    problem: null,
  }));
  return [first, ...storages];
}

export function restoreInput(
  draft: RestoreDraft,
): Pick<Input<"restore.run">, "name" | "targetStorage" | "start" | "unique"> {
  return { name: draft.name, targetStorage: draft.targetStorage, start: draft.start, unique: draft.unique };
}

/** Fields of the form at which something can be said. */
export type RestoreField = "vmid" | "name" | "node" | "target" | "unique" | "start";

/** The server's names for them, and the operation's. To the server the target is just the storage. */
export const restoreFieldNames: Readonly<Record<string, RestoreField>> = {
  vmid: "vmid",
  name: "name",
  hostname: "name",
  node: "node",
  storage: "target",
  targetStorage: "target",
  unique: "unique",
  start: "start",
};

/** What is odd about a backup: it can be restored, but not without these being said. */
export type Doubt = "time" | "size" | "otherGuest" | "otherTime";

/** `vzdump-qemu-100-2026_11_20-14_38_01.vma.zst` in the node's own time, `vm/100/2026-11-20T14:38:01Z` in UTC. */
const volumeName =
  /:backup\/(?:vzdump-[a-z]+-(\d+)-|(?:vm|ct)\/(\d+)\/)(\d{4})[-_](\d\d)[-_](\d\d)[-T](\d\d)[:_](\d\d)[:_](\d\d)/u;
/** The farthest time zones are 14 hours from UTC. */
const zoneSlackMs = 15 * 60 * 60 * 1000;

/** What the server says of a backup against itself and against the backup's name. */
export function doubtsOf(
  { createdAt, size, sourceVmid }: Pick<RestoreOffer, "createdAt" | "size" | "sourceVmid">,
  volid: string,
  now: number,
): readonly Doubt[] {
  const [, vmidOfFile, vmidOfGroup, ...clock] = volumeName.exec(volid) ?? [];
  const vmid = vmidOfFile ?? vmidOfGroup;
  const [year = 0, month = 1, day, hour, minute, second] = clock.map(Number);
  const doubts: Doubt[] = [];
  if (!isPlausibleTime(createdAt, now)) doubts.push("time");
  else if (
    vmid !== undefined &&
    Math.abs(Date.UTC(year, month - 1, day, hour, minute, second) - createdAt) > zoneSlackMs
  )
    doubts.push("otherTime");
  if (size === null) doubts.push("size");
  if (vmid !== undefined && Number(vmid) !== sourceVmid) doubts.push("otherGuest");
  return doubts;
}

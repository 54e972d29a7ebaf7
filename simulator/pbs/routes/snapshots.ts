import { flag, optional, text } from "../../routes/route.ts";
import { BOOLEAN, NS, required, SAFE, SNAPSHOT, STORE, STRING, TYPE } from "../schema.ts";
import { failed, sizeOf } from "../state.ts";
import { snapshotHere, type Rights } from "../store-access.ts";
import { removeSnapshot } from "../tasks/effects.ts";
import type { Group, Snapshot } from "../world.ts";
import { firstLine, visibleGroups } from "./groups.ts";
import { answer, type Call, type Route } from "./route.ts";

const READS: Rights = { full: ["Datastore.Audit"], own: ["Datastore.Backup"] };
const LISTS_FILES: Rights = { full: ["Datastore.Audit", "Datastore.Read"], own: ["Datastore.Backup"] };
const CHANGES: Rights = { full: ["Datastore.Modify"], own: ["Datastore.Backup"] };
const REMOVES: Rights = { full: ["Datastore.Modify"], own: ["Datastore.Prune"] };

/** The manifest and the client's log are small and always about as long. */
const MANIFEST_BYTES = 512;

/** Files with size and crypt-mode as far as the manifest tells; the client's log is in no manifest. */
function files(snapshot: Snapshot): readonly object[] {
  if (!snapshot.finished) return snapshot.files.map((file) => ({ filename: file.filename }));
  const signed = snapshot.files.some((file) => file.crypt !== "none");
  return [
    ...snapshot.files.map((file) => ({
      filename: file.filename,
      "crypt-mode": file.crypt,
      size: file.size,
    })),
    { filename: "index.json.blob", "crypt-mode": signed ? "sign-only" : "none", size: MANIFEST_BYTES },
    { filename: "client.log.blob" },
  ];
}

function row(group: Group, snapshot: Snapshot): object {
  const base = {
    "backup-type": group.type,
    "backup-id": group.id,
    "backup-time": snapshot.time,
    files: files(snapshot),
    owner: group.owner,
    protected: snapshot.protected,
  };
  if (!snapshot.finished) return base;
  const comment = firstLine(snapshot.notes);
  return {
    ...base,
    size: sizeOf(snapshot) + MANIFEST_BYTES,
    ...(comment === null ? {} : { comment }),
    ...(snapshot.verification === null ? {} : { verification: snapshot.verification }),
    ...(snapshot.fingerprint === null ? {} : { fingerprint: snapshot.fingerprint }),
  };
}

function list(call: Call): readonly object[] {
  const type = optional(call, "backup-type");
  const id = optional(call, "backup-id");
  return visibleGroups(call)
    .groups.filter((group) => (type === null || group.type === type) && (id === null || group.id === id))
    .flatMap((group) => group.snapshots.map((snapshot) => row(group, snapshot)));
}

function remove(call: Call): null {
  const { datastore, group, snapshot } = snapshotHere(call, REMOVES, true);
  if (snapshot.protected) throw failed("cannot remove protected snapshot");
  removeSnapshot(datastore, group, snapshot);
  call.state.changed();
  return null;
}

function finishedHere(call: Call, rights: Rights, write: boolean): Snapshot {
  const { group, snapshot } = snapshotHere(call, rights, write);
  if (!snapshot.finished)
    throw failed(
      `unable to load blob '"${group.type}/${group.id}/index.json.blob"' - No such file or directory (os error 2)`,
    );
  return snapshot;
}

const BASE = "/admin/datastore/{store}";
const PLACE = { store: required(STORE), ...SNAPSHOT };

/** Snapshots: what each is, its notes and protection. */
export const snapshotRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${BASE}/snapshots`,
    parameters: { store: required(STORE), ns: NS, "backup-type": TYPE, "backup-id": SAFE },
    run: (call) => answer(list(call)),
  },
  {
    method: "DELETE",
    path: `${BASE}/snapshots`,
    parameters: PLACE,
    run: (call) => answer(remove(call)),
  },
  {
    method: "GET",
    path: `${BASE}/files`,
    parameters: PLACE,
    run: (call) => answer(files(finishedHere(call, LISTS_FILES, false))),
  },
  {
    method: "GET",
    path: `${BASE}/notes`,
    parameters: PLACE,
    run: (call) => answer(finishedHere(call, READS, false).notes ?? ""),
  },
  {
    method: "PUT",
    path: `${BASE}/notes`,
    parameters: { ...PLACE, notes: required(STRING) },
    run: (call) => {
      finishedHere(call, CHANGES, true).notes = text(call, "notes");
      call.state.changed();
      return answer(null);
    },
  },
  {
    method: "GET",
    path: `${BASE}/protected`,
    parameters: PLACE,
    run: (call) => answer(snapshotHere(call, READS, false).snapshot.protected),
  },
  {
    method: "PUT",
    path: `${BASE}/protected`,
    parameters: { ...PLACE, protected: required(BOOLEAN) },
    run: (call) => {
      snapshotHere(call, CHANGES, true).snapshot.protected = flag(call, "protected");
      call.state.changed();
      return answer(null);
    },
  },
];

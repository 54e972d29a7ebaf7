import { holds } from "../behaviours.ts";
import { badParameters, died } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { BOOLEAN, STRING, type Parameters } from "../schema.ts";
import { backupsOn, volidOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import type { BackupVolume, Guest } from "../world.ts";
import { answer, text, type Call, type Route } from "./route.ts";
import { demandReadable, guestInside, usableStorage } from "./storage-access.ts";

/** A directory of a saved guest: name → entries; a number is the size of a file. */
type Tree = { readonly [name: string]: Tree | number };

const ROOT: Tree = {
  etc: { hostname: 12, fstab: 310, network: { interfaces: 480 } },
  home: { admin: { "notes über.txt": 2048 } },
  var: { log: { syslog: 48_200 } },
};

function archivesOf(guest: Guest): Tree {
  if (guest.type === "lxc") return { "root.pxar.didx": ROOT };
  return Object.fromEntries(
    guest.disks.map((disk) => [`drive-${disk.key}.img.fidx`, { part: { "1": ROOT } }]),
  );
}

const encoded = (path: string): string => Buffer.from(path, "utf8").toString("base64");

function backupHere(call: Call): BackupVolume {
  const storage = usableStorage(call, text(call, "storage"));
  if (storage.type !== "pbs")
    throw badParameters({ storage: "Only PBS storages supported for file-restore." });
  const volid = text(call, "volume");
  const backup = backupsOn(call.state.world, storage, text(call, "node")).find(
    (one) => volidOf(one) === volid,
  );
  demandReadable(call, storage.storage, backup?.vmid ?? 0);
  if (!backup) throw died(`volume '${volid}' does not exist`);
  return backup;
}

/** The path asked for: `/` as it is, everything else in base64. */
function wanted(call: Call): string {
  const given = text(call, "filepath");
  if (given === "/" || !holds(call.state, "P23")) return given;
  return Buffer.from(given, "base64").toString("utf8");
}

function found(call: Call): { readonly path: string; readonly entry: Tree | number } {
  const path = wanted(call);
  const guest = guestInside(call, backupHere(call));
  let entry: Tree | number | undefined = guest ? archivesOf(guest) : undefined;
  for (const part of path.split("/").filter(Boolean))
    entry = typeof entry === "object" ? entry[part] : undefined;
  if (entry === undefined) throw died(`path '${path}' does not exist in the archive`);
  return { path: path === "/" ? "" : path, entry };
}

function list(call: Call): readonly object[] {
  const { path, entry } = found(call);
  if (typeof entry === "number") return [];
  return Object.entries(entry).map(([name, inner]) => {
    const whole = `${path}/${name}`;
    const isFile = typeof inner === "number";
    return {
      filepath: holds(call.state, "P23") ? encoded(whole) : whole,
      text: name,
      type: path === "" ? "v" : isFile ? "f" : "d",
      leaf: isFile ? 1 : 0,
      ...(isFile ? { size: inner, mtime: call.state.clock.seconds() - 86_400 } : {}),
    };
  });
}

function download(call: Call): Answer {
  const { path, entry } = found(call);
  startTask(call.state, {
    node: text(call, "node"),
    type: "pbs-download",
    id: "",
    user: call.authid,
    params: { filepath: path },
    steps: [{ at: 300, effect: { kind: "end", exit: "OK" } }],
  });
  const name = path.split("/").at(-1) ?? "";
  const content = typeof entry === "number" ? "x".repeat(entry) : JSON.stringify(entry);
  return { data: null, file: { name: typeof entry === "number" ? name : `${name}.zip`, text: content } };
}

const PARAMETERS: Parameters = {
  volume: { ...STRING, required: true },
  filepath: { ...STRING, required: true },
};
const BASE = "/nodes/{node}/storage/{storage}/file-restore";

/** Single files out of a Backup Server's snapshots (pve-storage, PVE/API2/Storage/FileRestore.pm). */
export const fileRestoreRoutes: readonly Route[] = [
  { method: "GET", path: `${BASE}/list`, parameters: PARAMETERS, run: (call) => answer(list(call)) },
  {
    method: "GET",
    path: `${BASE}/download`,
    parameters: { ...PARAMETERS, tar: BOOLEAN },
    run: download,
  },
];

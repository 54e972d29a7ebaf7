import type { Answer } from "../http/answer.ts";
import { markBackups, parsePruneRule } from "../retention.ts";
import { VMID } from "../schema.ts";
import { backupsOn, volidOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import type { Step } from "../tasks/task.ts";
import { answer, demand, optional, text, type Call, type Route } from "./route.ts";
import { demandReadable, READ, readable, usableStorage } from "./storage-access.ts";
import { PRUNE } from "./vzdump.ts";

type Marked = {
  readonly volid: string;
  readonly ctime: number;
  readonly mark: string;
  readonly type: string;
  readonly vmid: number;
};

function marks(call: Call): readonly Marked[] {
  const storage = usableStorage(call, text(call, "storage"));
  const given = optional(call, "prune-backups");
  const rule = given === null ? storage.prune : parsePruneRule(given);
  const type = optional(call, "type");
  const vmid = call.params["vmid"];
  const groups = Map.groupBy(
    backupsOn(call.state.world, storage, text(call, "node")).filter(
      (backup) =>
        (type === null || backup.subtype === type) &&
        (vmid === undefined || backup.vmid === vmid) &&
        readable(call, backup),
    ),
    (backup) => `${backup.subtype}/${backup.vmid}`,
  );
  return [...groups.values()].flatMap((group) => {
    const found = markBackups(group, rule, call.state.world.timeZone);
    return group.map((backup) => ({
      volid: volidOf(backup),
      ctime: backup.ctime,
      mark: found.get(backup) ?? "keep",
      type: backup.subtype,
      vmid: backup.vmid,
    }));
  });
}

function prune(call: Call): Answer {
  const id = text(call, "storage");
  const vmid = call.params["vmid"];
  if (vmid === undefined) demand(call, `/storage/${id}`, ["Datastore.Allocate"]);
  else demandReadable(call, id, Number(vmid));
  const removed = marks(call).filter((row) => row.mark === "remove");
  const steps: readonly Step[] = [
    ...removed.flatMap((row): Step[] => [
      { at: 500, line: `removing backup '${row.volid}'` },
      { at: 500, effect: { kind: "backup-remove", volid: row.volid } },
    ]),
    { at: 800, effect: { kind: "end", exit: "OK" } },
  ];
  const { node: _, ...params } = call.params;
  const task = startTask(call.state, {
    node: text(call, "node"),
    type: "prunebackups",
    id: `${vmid === undefined ? "" : String(vmid)}@${id}`,
    user: call.authid,
    params,
    steps,
  });
  return answer(task.upid);
}

const FILTER = {
  "prune-backups": PRUNE,
  type: { type: "string", enum: ["qemu", "lxc"] },
  vmid: VMID,
} as const;

const PATH = "/nodes/{node}/storage/{storage}/prunebackups";

/** Retention: what would go (GET) and making it go (DELETE). */
export const pruneRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    permission: READ,
    parameters: FILTER,
    run: (call) => answer(marks(call)),
  },
  { method: "DELETE", path: PATH, parameters: FILTER, run: prune },
];

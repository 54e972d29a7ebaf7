import { BEHAVIOURS } from "../../simulator/behaviours.ts";
import type { Behaviour } from "../../simulator/behaviours.ts";

/** One behaviour of the simulator, broken in its source: `from` stands in the file exactly once, whatever its white space. */
export interface Mutation {
  /** What the server does wrong then. */
  readonly name: string;
  /** Below simulator/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The file of the suite that must notice. */
  readonly noticedBy: Suite;
}

type Suite =
  | "login"
  | "inventory"
  | "tasks"
  | "backup"
  | "restore"
  | "faults"
  | "changes"
  | "behaviours"
  | "rights"
  | "other-logins"
  | "backup-server";

/** One of the named behaviours, switched off. */
export interface Omission {
  readonly name: string;
  readonly without: Behaviour;
  readonly noticedBy: Suite;
}

/** Of a Backup Server alone, and of both products. */
const backupServers: readonly Behaviour[] = ["P21", "P20", "P22"];

export const omissions: readonly Omission[] = (
  Object.entries(BEHAVIOURS) as readonly (readonly [Behaviour, string])[]
).flatMap(([without, sentence]) => {
  const suites: readonly Suite[] = [
    ...(without === "P21" ? [] : ["behaviours" as const]),
    ...(backupServers.includes(without) ? ["backup-server" as const] : []),
  ];
  return suites.map((noticedBy) => ({
    name: `${without} is switched off in ${noticedBy === "backup-server" ? "Backup Server" : "Proxmox VE"}: ${sentence}`,
    without,
    noticedBy,
  }));
});

export const mutations: readonly Mutation[] = [
  // logging in
  {
    name: "any password opens an account",
    file: "routes/access.ts",
    from: "password !== user.password ||",
    to: "",
    noticedBy: "login",
  },
  {
    name: "the second factor is not asked for",
    file: "routes/access.ts",
    from: "if (kinds === null) return session(call, user);",
    to: "if (kinds !== undefined) return session(call, user);",
    noticedBy: "login",
  },
  {
    name: "any code is the right second factor",
    file: "access/second-factor.ts",
    from: "if (step === null) return false;",
    to: "if (step === null) return true;",
    noticedBy: "login",
  },
  {
    name: "a code can be used twice",
    file: "access/second-factor.ts",
    from: "user.lastTotpStep = step;",
    to: "",
    noticedBy: "login",
  },
  {
    name: "a recovery code can be used twice",
    file: "access/second-factor.ts",
    from: "user.recoveryCodes.splice(index, 1);",
    to: "",
    noticedBy: "login",
  },
  {
    name: "a ticket is no password for its renewal",
    file: "routes/access.ts",
    from: 'password.startsWith("PVE:") &&',
    to: "false &&",
    noticedBy: "login",
  },
  {
    name: "a ticket renews anybody's login",
    file: "routes/access.ts",
    from: "call.tickets.user(password, seconds) === userid",
    to: "call.tickets.user(password, seconds) !== null",
    noticedBy: "login",
  },
  {
    name: "the signature of a ticket is not looked at",
    file: "access/tickets.ts",
    from: "return same(signed, signature(plain)) && ageFits(at, seconds, LIFE_SECONDS) ? userid : null;",
    to: "return ageFits(at, seconds, LIFE_SECONDS) ? userid : null;",
    noticedBy: "login",
  },
  {
    name: "tickets live for ever",
    file: "access/tickets.ts",
    from: "age < life;",
    to: "true;",
    noticedBy: "login",
  },
  {
    name: "tickets live for one hour",
    file: "access/tickets.ts",
    from: "const LIFE_SECONDS = 7200;",
    to: "const LIFE_SECONDS = 3600;",
    noticedBy: "login",
  },
  {
    name: "tickets of the future are taken",
    file: "access/tickets.ts",
    from: "age > -FUTURE_SECONDS &&",
    to: "",
    noticedBy: "login",
  },
  {
    name: "a challenge is as good as a ticket",
    file: "http/authenticate.ts",
    from: "const userid = tickets.user(ticket, state.clock.seconds());",
    to: 'const userid = ticket.startsWith("PVE:!tfa!") ? "totp@pve" : tickets.user(ticket, state.clock.seconds());',
    noticedBy: "login",
  },
  {
    name: "the CSRF token is not looked at",
    file: "http/authenticate.ts",
    from: 'method !== "GET" &&',
    to: "false &&",
    noticedBy: "login",
  },
  {
    name: "reading needs the CSRF token too",
    file: "http/authenticate.ts",
    from: 'method !== "GET" &&',
    to: "",
    noticedBy: "login",
  },
  {
    name: "API tokens need a CSRF token",
    file: "http/authenticate.ts",
    from: "if (!caller) throw",
    to: 'if (!caller || (method !== "GET" && headers["csrfpreventiontoken"] === undefined)) throw',
    noticedBy: "login",
  },
  {
    name: "any secret opens an API token",
    file: "http/authenticate.ts",
    from: "|| token.secret !== secret",
    to: "",
    noticedBy: "login",
  },
  {
    name: "tickets outlive their users",
    file: "routes/accounts.ts",
    from: "world.users.splice(world.users.indexOf(user), 1);",
    to: "",
    noticedBy: "login",
  },
  {
    name: "separated tokens have all rights of their users",
    file: "access/rights.ts",
    from: "if (!token.privsep) return ofUser;",
    to: "return ofUser;",
    noticedBy: "login",
  },
  {
    name: "an API token can log in",
    file: "http/handle.ts",
    from: "if (match.route.noToken && caller.isToken) throw needsTicket(request.path);",
    to: "",
    noticedBy: "login",
  },
  {
    name: "the login form knows no realms",
    file: "routes/access.ts",
    from: '{ realm: "pam", type: "pam", comment: "Linux PAM standard authentication" },',
    to: "",
    noticedBy: "login",
  },
  {
    name: "the answers carry no date",
    file: "http/answer.ts",
    from: 'response.setHeader("Date", date);',
    to: "",
    noticedBy: "login",
  },
  {
    name: "the answers carry a date of another day",
    file: "http/answer.ts",
    from: 'response.setHeader("Date", date);',
    to: 'response.setHeader("Date", new Date(0).toUTCString());',
    noticedBy: "login",
  },

  // what there is
  {
    name: "declared rights are not demanded",
    file: "http/handle.ts",
    from: "checkPermission(api, match, raw, caller.authid);",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "guests are shown to everybody",
    file: "routes/resources.ts",
    from: '.filter((guest) => may(call, `/vms/${guest.vmid}`, ["VM.Audit"]))',
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "storages are shown to everybody",
    file: "routes/resources.ts",
    from: '.filter((storage) => may(call, `/storage/${storage.storage}`, ["Datastore.Audit"]))',
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "guests are missing from the list",
    file: "routes/resources.ts",
    from: "...guestRows(call),",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "guests of a dead node seem to be well",
    file: "routes/resources.ts",
    from: 'if (!isOnline(state, guest.node)) return { ...base, status: "unknown" };',
    to: 'if (!isOnline(state, guest.node)) return { ...base, status: "running" };',
    noticedBy: "inventory",
  },
  {
    name: "a dead node seems to be well",
    file: "routes/resources.ts",
    from: 'status: node.online ? "online" : "offline",',
    to: 'status: "online",',
    noticedBy: "inventory",
  },
  {
    name: "a dead node answers",
    file: "http/handle.ts",
    from: "if (node.online) return;",
    to: "return;",
    noticedBy: "inventory",
  },
  {
    name: "a node that nobody knows is an empty answer",
    file: "http/handle.ts",
    from: "if (!node) throw",
    to: 'if (!node) throw new ApiError(404, "no"); throw',
    noticedBy: "inventory",
  },
  {
    name: "a taken id is called free",
    file: "routes/cluster.ts",
    from: "if (guestOf(call.state.world, wanted)) throw",
    to: "if (wanted < 0) throw",
    noticedBy: "inventory",
  },
  {
    name: "the cluster does not say who it is",
    file: "routes/cluster.ts",
    from: "quorate,",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "permissions are told as if there were none",
    file: "access/rights.ts",
    from: "if (found.length === 0) continue;",
    to: "continue;",
    noticedBy: "inventory",
  },
  {
    name: "a guest is found under another type",
    file: "routes/guests.ts",
    from: "guest?.type !== type ||",
    to: "guest === undefined ||",
    noticedBy: "inventory",
  },
  {
    name: "a container has a QEMU",
    file: "routes/guests.ts",
    from: 'if (type === "lxc") return { ...row, ha };',
    to: 'if (type === "lxc") return { ...row, ha, qmpstatus: "running" };',
    noticedBy: "inventory",
  },
  {
    name: "no certificates are shown",
    file: "routes/nodes.ts",
    from: "run: (call) => answer(certificates(call)) }",
    to: "run: () => answer([]) }",
    noticedBy: "inventory",
  },
  {
    name: "storages without rights are listed",
    file: "routes/storage.ts",
    from: '.filter((storage) => may(call, `/storage/${storage.storage}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true), ) .filter((storage) => !flag',
    to: ".filter((storage) => !flag",
    noticedBy: "inventory",
  },
  {
    name: "storages of any content are listed as fit",
    file: "routes/storage.ts",
    from: "(storage) => content === null || splitList(content).some((type) => storage.content.includes(type)),",
    to: "() => true,",
    noticedBy: "inventory",
  },
  {
    name: "backups are shown to whom may not see them",
    file: "routes/storage.ts",
    from: ".filter((one) => readable(call, one))",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "backups of other guests are listed too",
    file: "routes/storage.ts",
    from: ".filter((one) => vmid === undefined || one.vmid === vmid)",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "a broken storage is an empty list",
    file: "routes/storage-access.ts",
    from: "if (storage.broken !== null) throw died(storage.broken);",
    to: "",
    noticedBy: "inventory",
  },
  {
    name: "a storage that nobody knows has a state",
    file: "routes/storage.ts",
    from: 'if (!storage) throw badParameters({ storage: "No such storage." }); return answer(statusRow(call, storage));',
    to: 'return answer(storage ? statusRow(call, storage) : { type: "dir", active: 1, total: 1 });',
    noticedBy: "inventory",
  },
  {
    name: "the storage's rule is not told",
    file: "routes/vzdump.ts",
    from: 'storage.prune === null ? "keep-all=1" : pruneRuleText(storage.prune)',
    to: '"keep-all=1"',
    noticedBy: "inventory",
  },

  // tasks
  {
    name: "pages of tasks overlap",
    file: "routes/tasks.ts",
    from: "rows.slice(start, start + limit).map(listRow)",
    to: "rows.slice(0, limit).map(listRow)",
    noticedBy: "tasks",
  },
  {
    name: "tasks come oldest first",
    file: "routes/task-rows.ts",
    from: "(right.endtime ?? 0) - (left.endtime ?? 0)",
    to: "(left.endtime ?? 0) - (right.endtime ?? 0)",
    noticedBy: "tasks",
  },
  {
    name: "tasks of all types are found",
    file: "routes/tasks.ts",
    from: "if (!fits) return false;",
    to: "",
    noticedBy: "tasks",
  },
  {
    name: "tasks of all times are found",
    file: "routes/tasks.ts",
    from: 'if (typeof params["until"] === "number" && row.starttime > params["until"]) return false;',
    to: "row = { ...row };",
    noticedBy: "tasks",
  },
  {
    name: "tasks before the time asked for are found",
    file: "routes/tasks.ts",
    from: 'if (typeof params["since"] === "number" && row.starttime < params["since"]) return false;',
    to: "row = { ...row };",
    noticedBy: "tasks",
  },
  {
    name: "other people's tasks are listed",
    file: "routes/tasks.ts",
    from: "(all || owns(call, row.user)) &&",
    to: "",
    noticedBy: "tasks",
  },
  {
    name: "other people's tasks are shown",
    file: "routes/tasks.ts",
    from: 'if (!owns(call, parts.user)) demand(call, `/nodes/${text(call, "node")}`, ["Sys.Audit"]);',
    to: "",
    noticedBy: "tasks",
  },
  {
    name: "a token sees its user's tasks",
    file: "routes/task-rows.ts",
    from: "return call.authid === user ||",
    to: 'return call.authid.split("!")[0] === user ||',
    noticedBy: "tasks",
  },
  {
    name: "a user does not see his token's tasks",
    file: "routes/task-rows.ts",
    from: '|| call.authid === user.split("!")[0];',
    to: ";",
    noticedBy: "tasks",
  },
  {
    name: "a task that nobody knows has ended well",
    file: "routes/tasks.ts",
    from: 'if (!row) throw badParameters({ upid: "no such task" });',
    to: 'if (!row) return answer({ status: "stopped", exitstatus: "OK" });',
    noticedBy: "tasks",
  },
  {
    name: "the log of a task that nobody knows is empty",
    file: "routes/tasks.ts",
    from: '"unable to open file - No such file or directory"',
    to: '"no content"',
    noticedBy: "tasks",
  },
  {
    name: "a log always begins at its beginning",
    file: "routes/tasks.ts",
    from: "numbered(lines.slice(start, end), start)",
    to: "numbered(lines.slice(0, end), 0)",
    noticedBy: "tasks",
  },
  {
    name: "the lines of a log are counted from 0",
    file: "routes/tasks.ts",
    from: "n: start + index + 1",
    to: "n: start + index",
    noticedBy: "tasks",
  },
  {
    name: "a log has no end",
    file: "routes/tasks.ts",
    from: "const end = limit === 0 && wholeLog ? lines.length : start + limit;",
    to: "const end = lines.length + (wholeLog ? 0 : 0);",
    noticedBy: "tasks",
  },
  {
    name: "a task that failed has ended well",
    file: "routes/task-rows.ts",
    from: 'status: "stopped", exitstatus: row.exit',
    to: 'status: "stopped", exitstatus: "OK"',
    noticedBy: "tasks",
  },

  // backing up
  {
    name: "a backup needs no right on the guest",
    file: "routes/vzdump.ts",
    from: 'for (const vmid of ids) demand(call, `/vms/${vmid}`, ["VM.Backup"]);',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "a backup needs no right on the storage",
    file: "routes/vzdump.ts",
    from: 'demand(call, `/storage/${storage}`, ["Datastore.AllocateSpace"]); } if',
    to: "} if",
    noticedBy: "backup",
  },
  {
    name: "anybody lifts the limit of copies",
    file: "routes/vzdump.ts",
    from: 'if (call.params["prune-backups"] !== undefined) demand(call, `/storage/${storage}`, ["Datastore.Allocate"]);',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "any variable may stand in a note",
    file: "routes/vzdump.ts",
    from: "if (!VARIABLES.includes(name.trim()))",
    to: 'if (name === "\\0")',
    noticedBy: "backup",
  },
  {
    name: "unknown parameters are let through",
    file: "http/handle.ts",
    from: "const params = verify(parameters, { ...raw, ...match.uri });",
    to: 'const { "pxm-test": _, ...others } = raw; const params = verify(parameters, { ...others, ...match.uri });',
    noticedBy: "backup",
  },
  {
    name: "a guest elsewhere gets a task all the same",
    file: "routes/vzdump.ts",
    from: 'if (guests.length === 0 && !flag(call, "all")) return answer("OK");',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "notes are not written",
    file: "tasks/vzdump-run.ts",
    from: "const notes = noteless ? null : wanted;",
    to: "const notes = noteless ? null : null;",
    noticedBy: "backup",
  },
  {
    name: "variables stay in the notes",
    file: "tasks/vzdump-run.ts",
    from: "values[name.trim()] ?? whole",
    to: "whole",
    noticedBy: "backup",
  },
  {
    name: "notes stay on one line",
    file: "tasks/vzdump-run.ts",
    from: 'letter === "n" ? "\\n" : "\\\\"',
    to: "`\\\\${letter}`",
    noticedBy: "backup",
  },
  {
    name: "lists show whole notes",
    file: "routes/storage.ts",
    from: 'notes: backup.notes.split("\\n")[0]',
    to: "notes: backup.notes",
    noticedBy: "backup",
  },
  {
    name: "one backup shows one line of its notes",
    file: "routes/content.ts",
    from: "notes: backup.notes",
    to: 'notes: backup.notes.split("\\n")[0]',
    noticedBy: "backup",
  },
  {
    name: "backups are not protected",
    file: "tasks/vzdump-run.ts",
    from: 'protected: params["protected"] === true,',
    to: "protected: false,",
    noticedBy: "backup",
  },
  {
    name: "older copies are removed against the wish",
    file: "tasks/vzdump-run.ts",
    from: 'if (task.run?.params["remove"] === false || rule === null || keepsAll(rule)) return null;',
    to: 'if (rule === null && task.run?.params["pxm"]) return null; const removedAll = backupsOn(state.world, storage, task.node).filter((one) => one.vmid === backup.vmid && !one.protected).map(volidOf); if (removedAll.length > 0) return { text: "", removed: removedAll }; if (rule === null || keepsAll(rule)) return null;',
    noticedBy: "backup",
  },
  {
    name: "the limit of copies is not held",
    file: "tasks/vzdump-run.ts",
    from: "if (limit > 0 &&",
    to: "if (limit < 0 &&",
    noticedBy: "backup",
  },
  {
    name: "protected copies count too",
    file: "tasks/vzdump-run.ts",
    from: 'params["remove"] === false && params["protected"] !== true ?',
    to: 'params["remove"] === false ?',
    noticedBy: "backup",
  },
  {
    name: "keeping all lifts no limit",
    file: "tasks/vzdump-run.ts",
    from: 'return typeof given === "string" ? parsePruneRule(given) : storage.prune;',
    to: 'return typeof given === "string" && given !== "keep-all=1" ? parsePruneRule(given) : storage.prune;',
    noticedBy: "backup",
  },
  {
    name: "a backup to no storage ends well",
    file: "tasks/vzdump-run.ts",
    from: "effect: { kind: \"end\", exit: `${verb} '${run.storage}': ${problem}` }",
    to: 'effect: { kind: "end", exit: "OK" }',
    noticedBy: "backup",
  },
  {
    name: "a backup of no guest ends well",
    file: "tasks/vzdump-run.ts",
    from: "if (!guest || guest.node !== task.node) { run.failed = true;",
    to: "if (!guest || guest.node !== task.node) {",
    noticedBy: "backup",
  },
  {
    name: "backups do not wait for each other",
    file: "tasks/vzdump-run.ts",
    from: 'if (!lockTaken(state, task) || !holds(state, "P3")) {',
    to: "if (task !== undefined) {",
    noticedBy: "backup",
  },
  {
    name: "who waits prints the job first",
    file: "tasks/vzdump-run.ts",
    from: 'task.lines.push("INFO: trying to get global lock - waiting...");',
    to: 'task.lines.push(jobLine({ ...task.run?.params, node: task.node }), "INFO: trying to get global lock - waiting...");',
    noticedBy: "backup",
  },
  {
    name: "a backup does not lock its guest",
    file: "tasks/vzdump-run.ts",
    from: '{ at, effect: { kind: "lock", vmid, lock: "backup" } },',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "a copy is not on its storage",
    file: "tasks/vzdump-run.ts",
    from: 'steps.push({ at: saved, effect: { kind: "backup-add", backup } });',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "stopping stops nothing",
    file: "routes/tasks.ts",
    from: "if (task) stopTask(call.state, task);",
    to: "",
    noticedBy: "backup",
  },
  {
    name: "anybody stops a task",
    file: "routes/tasks.ts",
    from: 'if (!owns(call, parts.user)) demand(call, `/nodes/${text(call, "node")}`, ["Sys.Modify"]);',
    to: "",
    noticedBy: "backup",
  },
  {
    name: "running tasks are not listed",
    file: "routes/tasks.ts",
    from: 'source === "all" || (row.exit === null) === (source === "active")',
    to: "row.exit !== null",
    noticedBy: "backup",
  },
  {
    name: "a running task says that it has ended",
    file: "routes/task-rows.ts",
    from: 'return { ...base, status: "running" };',
    to: 'return { ...base, status: "stopped", exitstatus: "OK" };',
    noticedBy: "backup",
  },
  {
    name: "the configuration in a missing backup is empty",
    file: "routes/vzdump.ts",
    from: "if (!guest) throw died(`volume '${volid}' does not exist`);",
    to: 'if (!guest) return answer("");',
    noticedBy: "backup",
  },

  // restoring, and power
  {
    name: "a restore overwrites what is there",
    file: "routes/restore.ts",
    from: 'if (!flag(call, "force") || existing.type !== type) throw',
    to: "if (existing.type !== type) throw",
    noticedBy: "restore",
  },
  {
    name: "anybody makes guests",
    file: "routes/restore.ts",
    from: "if (!allowed) throw",
    to: "if (vmid < 0 && !allowed) throw",
    noticedBy: "restore",
  },
  {
    name: "anybody reads backups",
    file: "routes/storage-access.ts",
    from: "demandReadable(call, storage.storage, backup?.vmid ?? 0);",
    to: "",
    noticedBy: "restore",
  },
  {
    name: "a copy keeps its MAC addresses",
    file: "routes/restore.ts",
    from: 'mac: flag(call, "unique") ? newMac(call, vmid) : inside.mac,',
    to: "mac: inside.mac,",
    noticedBy: "restore",
  },
  {
    name: "a copy keeps its name",
    file: "routes/restore.ts",
    from: 'name: optional(call, "name") ?? optional(call, "hostname") ?? inside.name,',
    to: "name: inside.name,",
    noticedBy: "restore",
  },
  {
    name: "a restored guest is not there",
    file: "routes/restore.ts",
    from: '{ at: log.end, effect: { kind: "guest-put", guest } },',
    to: '{ at: log.end, effect: { kind: "guest-remove", vmid: guest.vmid } },',
    noticedBy: "restore",
  },
  {
    name: "a restored guest is never started",
    file: "routes/restore.ts",
    from: 'const started: readonly Step[] = flag(call, "start")',
    to: "const started: readonly Step[] = false",
    noticedBy: "restore",
  },
  {
    name: "a guest is not locked while it is restored",
    file: "routes/restore.ts",
    from: 'lock: "create",',
    to: "lock: null,",
    noticedBy: "restore",
  },
  {
    name: "a failed restore leaves a container behind",
    file: "routes/restore.ts",
    from: 'guest.type === "lxc" ? [{ at: log.end, effect: { kind: "guest-remove", vmid: guest.vmid } }] : [];',
    to: "[];",
    noticedBy: "restore",
  },
  {
    name: "a missing backup of a container restores well",
    file: "routes/restore.ts",
    from: "effect: { kind: \"end\", exit: `unable to restore CT ${vmid} - volume '${archive}' does not exist` },",
    to: 'effect: { kind: "end", exit: "OK" },',
    noticedBy: "restore",
  },
  {
    name: "a container that is off is taken off again",
    file: "routes/guests.ts",
    from: 'if (["stop", "shutdown", "reboot"].includes(action) && guest.status === "stopped") throw',
    to: "if (guest.vmid < 0) throw",
    noticedBy: "restore",
  },
  {
    name: "a running container is put on again",
    file: "routes/guests.ts",
    from: 'if (action === "start" && guest.status !== "stopped") throw',
    to: "if (guest.vmid < 0) throw",
    noticedBy: "restore",
  },
  {
    name: "anybody switches guests",
    file: "routes/guests.ts",
    from: 'permission: { path: "/vms/{vmid}", privileges: ["VM.PowerMgmt"] },',
    to: "",
    noticedBy: "restore",
  },
  {
    name: "a guest that is not there starts well",
    file: "tasks/power.ts",
    from: "return [ended(100, configFile(node, type, vmid))];",
    to: 'return [ended(100, "OK")];',
    noticedBy: "restore",
  },
  {
    name: "a start starts nothing",
    file: "tasks/power.ts",
    from: 'does(BOOT_MS, { kind: "power", vmid: guest.vmid, status: "running" }),',
    to: "",
    noticedBy: "restore",
  },
  {
    name: "a stop stops nothing",
    file: "tasks/power.ts",
    from: 'does(1500, { kind: "power", vmid: guest.vmid, status: "stopped" }),',
    to: "",
    noticedBy: "restore",
  },
  {
    name: "every guest listens to a shutdown",
    file: "tasks/power.ts",
    from: "if (guest.obeysShutdown)",
    to: "if (guest.vmid > 0)",
    noticedBy: "restore",
  },
  {
    name: "a locked guest is removed",
    file: "routes/guests.ts",
    from: 'if (guest.lock !== null && guest.lock !== "create") throw',
    to: "if (guest.vmid < 0) throw",
    noticedBy: "restore",
  },

  // bad lines
  {
    name: "a lost answer is sent after all",
    file: "http/listener.ts",
    from: 'if (action.kind === "lose-reply") { response.destroy(); return null; }',
    to: "",
    noticedBy: "faults",
  },
  {
    name: "a cut request is worked on",
    file: "http/listener.ts",
    from: 'const cut = fault?.action.kind === "cut-request";',
    to: "const cut = false;",
    noticedBy: "faults",
  },
  {
    name: "a false answer is never given",
    file: "http/listener.ts",
    from: 'if (action.kind === "answer") return overridden(fault);',
    to: "",
    noticedBy: "faults",
  },
  {
    name: "connections are never refused",
    file: "http/listener.ts",
    from: "refuse: async (milliseconds) => { await shut();",
    to: "refuse: async (milliseconds) => { if (milliseconds > 0) return; await shut();",
    noticedBy: "faults",
  },
  {
    name: "the certificate never changes",
    file: "http/sockets.ts",
    from: "if (certificate) listener.setCertificate(certificate);",
    to: "",
    noticedBy: "faults",
  },

  // changing and removing
  {
    name: "a protected backup is deleted",
    file: "routes/content.ts",
    from: "if (backup?.protected)",
    to: "if (backup?.truncated)",
    noticedBy: "changes",
  },
  {
    name: "protection cannot be given or taken",
    file: "routes/content.ts",
    from: 'if (typeof protect === "boolean") backup.protected = protect;',
    to: "",
    noticedBy: "changes",
  },
  {
    name: "notes cannot be changed",
    file: "routes/content.ts",
    from: 'if (call.params["notes"] !== undefined)',
    to: "if (call === undefined)",
    noticedBy: "changes",
  },
  {
    name: "pruning removes what it should keep",
    file: "routes/prune.ts",
    from: 'row.mark === "remove"',
    to: 'row.mark === "keep"',
    noticedBy: "changes",
  },
  {
    name: "anybody prunes a guest's backups",
    file: "routes/prune.ts",
    from: "else demandReadable(call, id, Number(vmid));",
    to: "",
    noticedBy: "changes",
  },
  {
    name: "a removed job stays",
    file: "routes/jobs.ts",
    from: "jobs.splice(index, 1);",
    to: "",
    noticedBy: "changes",
  },
  {
    name: "an id names two jobs",
    file: "routes/jobs.ts",
    from: "if (jobs.some((job) => job.id === id))",
    to: "if (jobs.length < 0)",
    noticedBy: "changes",
  },
  {
    name: "any words are a schedule",
    file: "routes/jobs.ts",
    from: 'nextRun(value, 0, "UTC"); return null;',
    to: "return null;",
    noticedBy: "changes",
  },
  {
    name: "jobs are shown to everybody",
    file: "routes/jobs.ts",
    from: 'const AUDIT = { path: "/", privileges: ["Sys.Audit"] } as const;',
    to: 'const AUDIT = { path: "/", privileges: [] } as const;',
    noticedBy: "rights",
  },

  // other ways to log in
  {
    name: "every key's code is taken",
    file: "access/second-factor.ts",
    from: 'code.startsWith(user.yubicoKey ?? "")',
    to: "code.length > 0",
    noticedBy: "other-logins",
  },
  {
    name: "a provider's code works twice",
    file: "access/openid.ts",
    from: "pending.delete(state);",
    to: "",
    noticedBy: "other-logins",
  },
  {
    name: "a provider's code works for any redirection",
    file: "access/openid.ts",
    from: "|| found.redirectUrl !== redirectUrl",
    to: "",
    noticedBy: "other-logins",
  },
];

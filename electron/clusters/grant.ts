import type { LoginName, ServerKind } from "../../shared/cluster.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { Need } from "./feature-needs.ts";

/** Roles that every server has, the narrowest first, with what of them this app asks for (pve-access-control, pbs-api-types). */
const builtIn: Readonly<Record<ServerKind, Readonly<Record<string, readonly string[]>>>> = {
  pve: {
    PVEAuditor: ["VM.Audit", "VM.GuestAgent.Audit", "Datastore.Audit", "Sys.Audit", "Pool.Audit"],
    PVEDatastoreUser: ["Datastore.Audit", "Datastore.AllocateSpace"],
    PVEDatastoreAdmin: [
      "Datastore.Audit",
      "Datastore.AllocateSpace",
      "Datastore.Allocate",
      "Datastore.AllocateTemplate",
    ],
    PVEVMUser: [
      "VM.Audit",
      "VM.Backup",
      "VM.PowerMgmt",
      "VM.Console",
      "VM.Config.CDROM",
      "VM.Config.Cloudinit",
    ],
    PVEVMAdmin: [
      "VM.Audit",
      "VM.Backup",
      "VM.PowerMgmt",
      "VM.Console",
      "VM.Allocate",
      "VM.Clone",
      "VM.Migrate",
      "VM.Snapshot",
      "VM.Snapshot.Rollback",
      "VM.Config.CDROM",
      "VM.Config.CPU",
      "VM.Config.Cloudinit",
      "VM.Config.Disk",
      "VM.Config.HWType",
      "VM.Config.Memory",
      "VM.Config.Network",
      "VM.Config.Options",
    ],
  },
  pbs: {
    Audit: ["Sys.Audit", "Datastore.Audit", "Remote.Audit"],
    DatastoreAudit: ["Datastore.Audit"],
    DatastoreReader: ["Datastore.Audit", "Datastore.Verify", "Datastore.Read"],
    DatastorePowerUser: ["Datastore.Backup", "Datastore.Prune"],
    DatastoreAdmin: [
      "Datastore.Audit",
      "Datastore.Verify",
      "Datastore.Read",
      "Datastore.Modify",
      "Datastore.Backup",
      "Datastore.Prune",
      "Datastore.Allocate",
    ],
    RemoteAudit: ["Remote.Audit"],
  },
};

/** The privileges that mean something below a path: `/vms` → `VM.`. */
const prefixes: readonly (readonly [RegExp, string])[] = [
  [/^\/vms/u, "VM."],
  [/^\/(?:storage|datastore)/u, "Datastore."],
  [/^\/pool/u, "Pool."],
  [/^\/remote/u, "Remote."],
  [/^\/(?:nodes|system|$)/u, "Sys."],
];

function matters(path: string, privilege: string): boolean {
  const prefix = prefixes.find(([pattern]) => pattern.test(path))?.[1];
  return prefix !== undefined && privilege.startsWith(prefix);
}

/** What is held on a path now: an entry of its own there hides what comes from above, so that it has to be given again. */
function heldAt(permissions: Permissions, path: string): readonly string[] {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    const here = permissions.get(at);
    if (here !== undefined) {
      return [...here].filter(([, propagates]) => at === path || propagates).map(([privilege]) => privilege);
    }
    if (at === "/") return [];
  }
}

/** The fewest built-in roles that give all of these; null where no narrow one has one of them. */
function rolesFor(kind: ServerKind, wanted: ReadonlySet<string>): readonly string[] | null {
  const roles: string[] = [];
  let left = new Set(wanted);
  while (left.size > 0) {
    const covers = (role: string): number =>
      (builtIn[kind][role] ?? []).filter((privilege) => left.has(privilege)).length;
    const [best] = Object.keys(builtIn[kind]).toSorted((a, b) => covers(b) - covers(a));
    if (best === undefined || covers(best) === 0) return null;
    roles.push(best);
    left = new Set([...left].filter((privilege) => !builtIn[kind][best]?.includes(privilege)));
  }
  return roles;
}

/** Name for a role that an administrator makes for this: one word a privilege. */
function roleName(privileges: readonly string[]): string {
  return `Proxmoxer-${privileges.map((privilege) => privilege.replaceAll(".", "")).join("-")}`.slice(0, 64);
}

function pveCommands(login: LoginName, path: string, roles: string, exact: boolean): readonly string[] {
  const acl = (option: string): string =>
    `pveum acl modify ${path} ${option} --roles ${roles}${exact ? " --propagate 0" : ""}`;
  if (login.kind !== "token") return [acl(`--users '${login.user}'`)];
  // A token with rights of its own has what both it and its user have.
  return [acl(`--users '${login.tokenId.split("!")[0] ?? ""}'`), acl(`--tokens '${login.tokenId}'`)];
}

function pbsCommands(login: LoginName, path: string, roles: readonly string[]): readonly string[] {
  const ids = login.kind === "token" ? [login.tokenId.split("!")[0] ?? "", login.tokenId] : [login.user];
  return ids.flatMap((id) =>
    roles.map((role) => `proxmox-backup-manager acl update ${path} ${role} --auth-id '${id}'`),
  );
}

function commandsAt(
  kind: ServerKind,
  login: LoginName,
  permissions: Permissions,
  path: string,
  needs: readonly Need[],
): readonly string[] {
  const missing = needs.map(({ privilege }) => privilege);
  const exact = needs.every(({ scope }) => scope === "exact");
  const held = exact ? [] : heldAt(permissions, path).filter((privilege) => matters(path, privilege));
  const wanted = new Set([...missing, ...held]);
  const roles = rolesFor(kind, wanted);
  if (kind === "pbs") return roles === null ? [] : pbsCommands(login, path, roles);
  if (roles !== null && !exact) return pveCommands(login, path, roles.join(","), false);
  const name = roleName(missing);
  return [
    `pveum role add ${name} --privs "${[...wanted].toSorted().join(" ")}"`,
    ...pveCommands(login, path, name, exact),
  ];
}

/**
 * The commands that give what is missing and take nothing away: `pveum` (6.4 and later) on a node, `proxmox-backup-manager` on a
 * backup server. Empty where no role of the product would do.
 */
export function grantCommands(
  kind: ServerKind,
  login: LoginName,
  permissions: Permissions,
  missing: readonly Need[],
): string[] {
  const byPath = new Map<string, Need[]>();
  for (const need of missing) byPath.set(need.path, [...(byPath.get(need.path) ?? []), need]);
  return [...byPath].flatMap(([path, needs]) => commandsAt(kind, login, permissions, path, needs));
}

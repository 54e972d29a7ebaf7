/*
 * The accounts of every simulated cluster. They open nothing but simulators on this machine,
 * which is why they may stand here in clear.
 */

export const ADMIN = { username: "admin@pve", password: "simulator-admin" } as const;
export const AUDITOR = { username: "auditor@pve", password: "simulator-auditor" } as const;
export const OPERATOR = { username: "operator@pve", password: "simulator-operator" } as const;
export const NOBODY = { username: "nobody@pve", password: "simulator-nobody" } as const;

/** An administrator who is asked for a second factor. The secret is base32 as in an otpauth URI (SHA1, 6 digits, 30 s). */
export const TOTP = {
  username: "totp@pve",
  password: "simulator-totp",
  secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  recoveryCodes: [
    "1111-aaaa-2222-bbbb",
    "2222-bbbb-3333-cccc",
    "3333-cccc-4444-dddd",
    "4444-dddd-5555-eeee",
    "5555-eeee-6666-ffff",
    "6666-ffff-7777-aaaa",
    "7777-aaaa-8888-bbbb",
    "8888-bbbb-9999-cccc",
    "9999-cccc-0000-dddd",
    "0000-dddd-1111-eeee",
  ],
} as const;

/** Administrators with other second factors: a Yubico key, and a key that only the server's own page can use. */
export const YUBICO = { username: "yubico@pve", password: "simulator-yubico", key: "ccccccbchvth" } as const;
export const SECURITY_KEY = { username: "key@pve", password: "simulator-key" } as const;
/** Comes through the provider of the realm `sso` and has no password here. */
export const SSO = { username: "jo@sso", name: "jo" } as const;

/** A token with all rights of admin@pve (privsep 0). */
export const APP_TOKEN = { id: "admin@pve!app", secret: "5a1e0000-0000-4000-8000-00000000a001" } as const;
/** A token of admin@pve that was given no rights of its own (privsep 1, no ACL entry). */
export const NO_ACL_TOKEN = {
  id: "admin@pve!noacl",
  secret: "5a1e0000-0000-4000-8000-00000000a002",
} as const;
/** A token with the rights of operator@pve (privsep 0). */
export const OPERATOR_TOKEN = {
  id: "operator@pve!backup",
  secret: "5a1e0000-0000-4000-8000-00000000b001",
} as const;

/** The accounts of every simulated Backup Server. */
export const PBS_ADMIN = { username: "admin@pbs", password: "simulator-admin" } as const;
export const PBS_AUDITOR = { username: "auditor@pbs", password: "simulator-auditor" } as const;
/** Backs up and prunes its own groups, sees no others. */
export const PBS_OPERATOR = { username: "operator@pbs", password: "simulator-operator" } as const;
export const PBS_NOBODY = { username: "nobody@pbs", password: "simulator-nobody" } as const;
export const PBS_YUBICO = { ...YUBICO, username: "yubico@pbs" } as const;
export const PBS_SECURITY_KEY = { ...SECURITY_KEY, username: "key@pbs" } as const;
export const PBS_TOTP = { ...TOTP, username: "totp@pbs" } as const;
/** The account with which simulated clusters send their backups. */
export const PBS_BACKUP = { username: "backup@pbs", password: "simulator-backup" } as const;

/** A token of admin@pbs with all rights: on a Backup Server each token needs entries of its own. */
export const PBS_APP_TOKEN = { id: "admin@pbs!app", secret: "5a1e0000-0000-4000-8000-00000000c001" } as const;
/** A token of admin@pbs that was given no rights. */
export const PBS_NO_ACL_TOKEN = {
  id: "admin@pbs!noacl",
  secret: "5a1e0000-0000-4000-8000-00000000c002",
} as const;
/** A token that owns groups of its own, which admin's and operator's other tokens do not. */
export const PBS_OPERATOR_TOKEN = {
  id: "operator@pbs!laptop",
  secret: "5a1e0000-0000-4000-8000-00000000d001",
} as const;

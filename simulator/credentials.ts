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

import type { SafeStorage } from "electron";

import { AppError } from "../../shared/errors.ts";
import type { SystemSecrets } from "../host.ts";

/** The Linux keyrings that really protect; `basic_text` is a key that stands in Chromium's source. */
const goodLinuxBackends: ReadonlySet<string> = new Set([
  "gnome_libsecret",
  "kwallet",
  "kwallet5",
  "kwallet6",
]);
/** First bytes of what Chromium encrypted with its fixed key on Linux, whatever the chosen backend said. */
const fixedKeyPrefix = "v10";

type Storage = Pick<
  SafeStorage,
  "isAsyncEncryptionAvailable" | "encryptStringAsync" | "decryptStringAsync" | "getSelectedStorageBackend"
>;

/**
 * The system's place for secrets, or null where it has none that protects. On Linux the asynchronous API falls back to a fixed key and
 * still calls itself available, so backend and ciphertext are looked at. To be called when the app is ready.
 */
export async function openSystemSecrets(
  storage: Storage,
  platform: NodeJS.Platform,
): Promise<SystemSecrets | null> {
  const backend = backendOf(storage, platform);
  if (backend === null || !(await isAvailable(storage))) return null;

  function refuseFixedKey(data: Uint8Array): void {
    const isFixed =
      Buffer.from(data.subarray(0, fixedKeyPrefix.length)).toString("latin1") === fixedKeyPrefix;
    if (platform === "linux" && isFixed) throw new AppError("vault.unavailable");
  }

  const secrets: SystemSecrets = {
    backend,
    async encrypt(text) {
      const data = await storage.encryptStringAsync(text);
      refuseFixedKey(data);
      return data;
    },
    async decrypt(data) {
      refuseFixedKey(data);
      const { result, shouldReEncrypt } = await storage.decryptStringAsync(Buffer.from(data));
      return { text: result, again: shouldReEncrypt };
    },
  };
  // A trial run: only the ciphertext tells which key was really used.
  return secrets.encrypt("trial").then(
    () => secrets,
    () => null,
  );
}

function backendOf(storage: Storage, platform: NodeJS.Platform): string | null {
  if (platform === "darwin") return "keychain";
  if (platform === "win32") return "dpapi";
  if (platform !== "linux") return null;
  const backend = storage.getSelectedStorageBackend();
  return goodLinuxBackends.has(backend) ? backend : null;
}

async function isAvailable(storage: Storage): Promise<boolean> {
  try {
    return await storage.isAsyncEncryptionAvailable();
  } catch {
    // A keyring that cannot even be asked is none.
    return false;
  }
}

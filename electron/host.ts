/** A place that keeps secrets for the user's session: Electron's safeStorage, where it is one that really protects. */
export interface SystemSecrets {
  /** `keychain`, `dpapi`, `gnome_libsecret`, `kwallet6` …; kept beside what it encrypted. */
  readonly backend: string;
  encrypt(text: string): Promise<Uint8Array>;
  /** `again`: the system asks to encrypt anew with its current key. */
  decrypt(data: Uint8Array): Promise<{ readonly text: string; readonly again: boolean }>;
}

export interface FileToSave {
  readonly fileName: string;
  /** Bytes, null when not known beforehand. */
  readonly size: number | null;
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Notice {
  readonly title: string;
  readonly body: string;
  readonly severity: "good" | "attention" | "bad";
}

/** What the house needs of the place it runs in. Two bodies: Electron (window.ts) and the loopback host (web/). */
export interface Host {
  readonly kind: "electron" | "loopback";
  /** null where the system offers none that protects; then a passphrase or memory is offered. */
  readonly secrets: SystemSecrets | null;
  /** Asks where (or hands it to the browser) and writes; false when the user gave up. Throws AppError file.failed. */
  saveFile(file: FileToSave, signal: AbortSignal): Promise<boolean>;
  /** Name and bytes of a file that the user picked, null when given up. At most `maxBytes`. */
  pickFile(
    options: { readonly extensions: readonly string[]; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<{ readonly name: string; readonly data: Uint8Array } | null>;
  /** Only ever called with https links: to registered servers, and to the OpenID provider that one has named. Throws AppError link.refused. */
  openLink(url: string): Promise<void>;
  notify(notice: Notice): void;
  /** Shows the app's window, making one where there is none. */
  openWindow(): void;
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type Recording = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly auth: string;
  readonly request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly bodyIsEmpty: boolean;
};

/** The folder of reference data beside the repository, or null when this machine has none. */
export function factsFolder(): string | null {
  const folder = process.env["PROXMOXER_FACTS"] ?? fileURLToPath(new URL("../../../shared", import.meta.url));
  return existsSync(join(folder, "recordings")) ? folder : null;
}

export function readRecordings(folder: string): readonly Recording[] {
  return readdirSync(join(folder, "recordings"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({
      name: file.replace(/\.json$/, ""),
      ...(JSON.parse(readFileSync(join(folder, "recordings", file), "utf8")) as Omit<Recording, "name">),
    }));
}

import { ADMIN } from "./credentials.ts";
import { startSimulator } from "./simulator.ts";
import { demoWorld } from "./worlds/demo.ts";

/** What the app needs to register the demo cluster like any other. */
export type Demo = {
  /** `https://127.0.0.1:<port>`; the port stays the same over restarts while it is free. */
  readonly url: string;
  readonly fingerprint: string;
  readonly username: string;
  readonly password: string;
  readonly stop: () => Promise<void>;
};

/** The demo cluster in this process, on a loopback port. Its state is kept in the file, so that its tasks go on over restarts. */
export async function startDemo(stateFile: string): Promise<Demo> {
  const simulator = await startSimulator({ world: () => demoWorld(), stateFile });
  const { url, fingerprint, stop } = simulator;
  return { url, fingerprint, username: ADMIN.username, password: ADMIN.password, stop };
}

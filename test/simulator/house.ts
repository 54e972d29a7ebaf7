import { afterEach } from "vitest";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../simulator/simulator.ts";
import type { Task } from "../../simulator/tasks/task.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { logIn, upidOf, type Reply, type Session } from "./client.ts";

export type House = {
  readonly simulator: Simulator;
  readonly admin: Session;
  readonly ended: (reply: Reply) => Promise<Task>;
};

/** Task time so fast that a backup takes a tenth of a second. */
const SPEED = 300;
const PATIENCE_MS = 10_000;

const running: Simulator[] = [];

/** A running small cluster and its admin's session; stopped after each test. */
export async function house(options: Partial<SimulatorOptions> = {}): Promise<House> {
  const simulator = await startSimulator({
    world: () => smallWorld(),
    speed: SPEED,
    loginFailureDelayMs: 0,
    ...options,
  });
  running.push(simulator);
  const admin = await logIn(simulator);
  return {
    simulator,
    admin,
    ended: async (reply) => simulator.whenTaskEnds(upidOf(reply), AbortSignal.timeout(PATIENCE_MS)),
  };
}

/** Call once in each file that uses `house`. */
export function stopHousesAfterEach(): void {
  afterEach(async () => {
    await Promise.all(running.splice(0).map(async (simulator) => simulator.stop()));
  });
}

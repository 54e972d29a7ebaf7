import { startSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";
import { generatedWorld, type GeneratedWish } from "./worlds/generated.ts";

export type FleetOptions = Omit<SimulatorOptions, "world" | "port" | "stateFile" | "ledgerFile"> & {
  readonly clusters: number;
  /** What each cluster looks like; the seeds count on from its own. */
  readonly world: GeneratedWish;
};

export type Fleet = { readonly simulators: readonly Simulator[]; readonly stop: () => Promise<void> };

/** Many generated clusters in this process, each on ports of its own. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { clusters, world, ...common } = options;
  const seeds = Array.from({ length: clusters }, (_, index) => world.seed + index);
  const simulators = await Promise.all(
    seeds.map(async (seed) => startSimulator({ ...common, seed, world: generatedWorld({ ...world, seed }) })),
  );
  return {
    simulators,
    stop: async () => {
      await Promise.all(simulators.map(async (one) => one.stop()));
    },
  };
}

import { z } from "zod";

import { clusterIdSchema } from "./ids.ts";

import type { ClusterId } from "./ids.ts";

const maxClusters = 200;
/** A page shows one task, or one job with a few of them. */
const maxTasks = 16;

const clusterChoiceSchema = z.union([z.literal("all"), z.array(clusterIdSchema).max(maxClusters)]);
export type ClusterChoice = z.infer<typeof clusterChoiceSchema>;

/** What one window shows: the main process asks servers often only for what somebody looks at. */
export const attentionSchema = z.object({
  /** Clusters whose guests, storages or figures are on the screen. */
  clusters: clusterChoiceSchema,
  /** Clusters whose tasks are on the screen as a list. */
  taskLists: clusterChoiceSchema,
  /** UPIDs of the tasks whose page is open. */
  tasks: z.array(z.string().max(512)).max(maxTasks),
  /** The window can be seen, and somebody did something in it lately. */
  active: z.boolean(),
});
export type Attention = z.infer<typeof attentionSchema>;

export function chooses(choice: ClusterChoice, clusterId: string): boolean {
  return choice === "all" || choice.some((id) => id === clusterId);
}

/** What several views of one window want together. */
export function joinAttention(claims: readonly Omit<Attention, "active">[], active: boolean): Attention {
  return {
    clusters: joinChoices(claims.map((claim) => claim.clusters)),
    taskLists: joinChoices(claims.map((claim) => claim.taskLists)),
    tasks: [...new Set(claims.flatMap((claim) => claim.tasks))].slice(0, maxTasks),
    active,
  };
}

function joinChoices(choices: readonly ClusterChoice[]): ClusterChoice {
  const named = new Set<ClusterId>();
  for (const choice of choices) {
    if (choice === "all") return "all";
    for (const id of choice) named.add(id);
  }
  return [...named].slice(0, maxClusters);
}

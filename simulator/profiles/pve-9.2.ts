import type { Difference, Habits } from "./pve.ts";

/** The newest: everything the routes declare, and today's habits. */
export const PVE_9_2: { readonly difference: Difference; readonly habits: Habits } = {
  difference: { version: { version: "9.2.11", release: "9.2", repoid: "14a22df35955d97d" } },
  habits: {
    message: true,
    secondFactor: "always",
    zones: "network",
    schedule: true,
    rrd: "long",
    notified: true,
    qmp: true,
    clientProgress: true,
    retention: true,
    wholeLog: true,
  },
};

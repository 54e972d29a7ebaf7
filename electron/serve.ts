import { serve } from "./web/serve.ts";

// Imported when the demo is opened, and only here and in main.ts: no other room sees the simulator.
await serve(process.argv.slice(2), {
  startDemo: async (stateFile) => (await import("../simulator/demo.ts")).startDemo(stateFile),
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  test: {
    include: ["test/**/*.test.ts", "test/**/*.test.tsx"],
    // The browser runs and the kill matrix have runners of their own (test/run.ts): they must not share the two cores with units.
    exclude: ["test/e2e/**", "test/faults/kill/**", "node_modules/**", "dist/**"],
    environment: "node",
    // Generous: a busy machine makes a test slow, not wrong; what hangs is found all the same.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Most of the time is spent waiting (paced reads, task time, key derivation): four at once keep two cores busy.
    maxWorkers: 4,
  },
});

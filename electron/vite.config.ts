import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Two runs into dist/electron. The default: both entries and the database's worker as ES modules with everything they need in them, so
 * that the app ships without node_modules. `--mode preload`: one CommonJS file, all that a sandboxed preload may be.
 */
export default defineConfig(({ mode }) => ({
  root: here("."),
  publicDir: false,
  logLevel: "warn",
  ssr: { noExternal: true, external: ["electron"], target: "node" },
  build: {
    ssr: true,
    outDir: here("../dist/electron"),
    emptyOutDir: mode !== "preload",
    target: "node24",
    minify: false,
    rolldownOptions:
      mode === "preload"
        ? {
            input: { preload: here("preload.ts") },
            output: { format: "cjs", entryFileNames: "preload.cjs", codeSplitting: false },
          }
        : {
            input: {
              main: here("main.ts"),
              serve: here("serve.ts"),
              "database-worker": here("store/database-worker.ts"),
            },
            output: {
              format: "es",
              entryFileNames: "[name].js",
              // Beside the entries, so that a path relative to a file means the same in an entry and in a chunk.
              chunkFileNames: "[name]-[hash].js",
            },
          },
  },
}));

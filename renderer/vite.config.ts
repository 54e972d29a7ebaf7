import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** What the hosts know how to serve; a build with another kind of file fails instead of losing it. */
const mediaTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** Writes the table of all built files that both hosts serve from: path → media type (electron/assets.ts). */
function fileTable(): Plugin {
  return {
    name: "proxmoxer-file-table",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const table = Object.keys(bundle)
          .sort()
          .map((path) => {
            const type = mediaTypes[/\.\w+$/u.exec(path)?.[0] ?? ""];
            if (type === undefined) throw new Error(`${path}: no media type is known for it`);
            return [path, type] as const;
          });
        this.emitFile({
          type: "asset",
          fileName: "files.json",
          source: JSON.stringify(Object.fromEntries(table), undefined, 1),
        });
      },
    },
  };
}

// Run as `vite build renderer`: paths are relative to this folder.
export default defineConfig({
  base: "/",
  publicDir: false,
  plugins: [react(), fileTable()],
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "chrome156",
    // The policy lets fonts and scripts come from files only, so nothing is written into the page or the style sheet.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
});

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../artefacts/e2e",
  timeout: 45_000,
  expect: { timeout: 15_000 },
  // Two files at a time: one mostly waits for tasks, the other mostly measures pages, and each has host and simulator of its own.
  workers: 2,
  fullyParallel: false,
  reporter: [["list"], ["json", { outputFile: "../artefacts/e2e.json" }]],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Vienna",
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    screenshot: "only-on-failure",
    actionTimeout: 15_000,
  },
});

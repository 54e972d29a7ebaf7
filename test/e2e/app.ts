import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "@playwright/test";

import { startProgram, type Running } from "./processes.ts";

/** The loopback host on a data directory of its own, and one window on it. */
export interface TestApp {
  readonly page: Page;
  /** What the window complained of since the start or the last `forgive`: console errors, refused policies, thrown errors. */
  problems(): readonly string[];
  /** After something that has to make noise, as a host that was killed. */
  forgive(): void;
  /** As if the power went. The window stays open and is on its own. */
  kill(): Promise<void>;
  /** Starts a host on the same data directory again and opens its address in the window. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
}

export async function openTestApp(browser: Browser, options: TestAppOptions = {}): Promise<TestApp> {
  const directory = await mkdtemp(join(tmpdir(), "proxmoxer-e2e-"));
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    // What fades is neither there nor gone while it is being judged.
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));

  let host: Running;
  async function start(): Promise<void> {
    host = await startProgram("electron/serve.ts", ["--data-dir", directory]);
    await page.goto(String(host.ready["address"]));
  }
  await start();
  return {
    page,
    problems: () => [...problems],
    forgive: () => void problems.splice(0),
    kill: () => host.kill(),
    startAgain: start,
    async close() {
      await context.close();
      await host.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

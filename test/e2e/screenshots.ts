import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { chromium, expect, type Page } from "@playwright/test";

import { openTestApp } from "./app.ts";
import config from "./playwright.config.ts";
import { backUp, goTo, openGuest } from "./steps.ts";

/** `npm run screenshots`: takes the pictures of the README anew, from the demo cluster with backups under way. */

const directory = join(import.meta.dirname, "../../docs/screenshots");

async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(page.locator(`html[data-mantine-color-scheme=${colorScheme}]`)).toBeAttached();
    await page.screenshot({ path: join(directory, `${name}-${colorScheme}.png`) });
  }
}

async function main(): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  const app = await openTestApp(browser);
  const { page } = app;
  try {
    await page.getByRole("button", { name: "Open the demo cluster" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
    await goTo(page, "Guests");
    await expect(page.getByRole("grid", { name: "Guests" })).toContainText("harbor-3");
    // A last backup is known as soon as its storage was read.
    await expect(
      page
        .getByRole("grid", { name: "Guests" })
        .getByText(/ h ago$/u)
        .first(),
    ).toBeVisible();
    await take(page, "guests");
    for (const name of ["erp-db", "files", "mail"]) {
      await openGuest(page, name);
      await backUp(page, "pbs-main");
    }
    const bar = page.getByRole("main").getByRole("progressbar", { name: "Backup of 104 mail" });
    await expect
      .poll(async () => Number(await bar.getAttribute("aria-valuenow")), { timeout: 60_000 })
      .toBeGreaterThan(30);
    await take(page, "job");
    await goTo(page, "Overview");
    await take(page, "overview");
  } finally {
    await app.close();
    await browser.close();
  }
}

await main();

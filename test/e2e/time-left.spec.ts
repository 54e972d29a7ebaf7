import { expect, test } from "@playwright/test";

import { openTestApp, type TestApp } from "./app.ts";
import { backUp, openGuest } from "./steps.ts";

/** How long still: what the page and the strip of a running job say, second by second. */
test.describe.configure({ timeout: 60_000 });

let app: TestApp;

test.beforeAll(async ({ browser }) => {
  app = await openTestApp(browser);
});
test.afterAll(() => app.close());

test("the time left of a running backup changes every second, on its page and in the strip", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Open the demo cluster" }).click();
  await openGuest(page, "mail");
  await backUp(page, "pbs-main");
  const figure = page
    .getByRole("main")
    .locator("dl > div", { has: page.getByText("Time left", { exact: true }) });
  await expect(figure).toContainText(/\d+ s/u, { timeout: 30_000 });
  await expect(page.getByRole("link", { name: /^Backup of 104 mail/u }).last()).toContainText(/ left$/u);
  const texts = new Set<string>();
  for (let look = 0; look < 5; look += 1) {
    texts.add((await figure.textContent()) ?? "");
    await page.waitForTimeout(1000);
  }
  expect(texts.size).toBeGreaterThanOrEqual(4);
  expect(app.problems()).toEqual([]);
});

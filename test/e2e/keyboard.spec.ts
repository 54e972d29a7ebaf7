import { expect, test, type Locator, type Page } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import { connectDialog, jobState } from "./steps.ts";

/** The main job by somebody who has no mouse. Nothing here clicks. */
test.describe.configure({ mode: "serial" });

/** Farther than this nobody tabs. */
const mostTabs = 40;

let app: TestApp;
let cluster: SimulatedCluster;

test.beforeAll(async ({ browser }) => {
  cluster = await startSimulatedCluster(300);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  await app.close();
  await cluster.stop();
});

/** Tabs until it has the focus; each stop on the way must show that it has it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let tabs = 0; tabs < mostTabs; tabs += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press("Tab");
    expect(await unseenFocus(page)).toBeNull();
  }
  throw new Error(`not reached by ${String(mostTabs)} tabs: ${String(target)}`);
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

/** The focused thing, when it and what is around it look the same without the focus. */
function unseenFocus(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    // The way out of the page to the browser's own bar.
    if (!(element instanceof HTMLElement) || element === document.body) return null;
    // A radio of a segmented control is invisible itself; its label shows the ring.
    const near = [element, element.nextElementSibling, element.parentElement].filter((one) => one !== null);
    const look = (): string =>
      near
        .map((one) => getComputedStyle(one))
        .map((style) => [style.outline, style.boxShadow, style.borderColor, style.backgroundColor].join(" "))
        .join();
    const focused = look();
    element.blur();
    const blurred = look();
    element.focus({ preventScroll: true });
    return focused === blurred ? element.outerHTML.slice(0, 200) : null;
  });
}

test("a cluster is connected by Tab, typing, arrows and Enter", async () => {
  const { page } = app;
  await tabTo(page, page.getByRole("button", { name: "Connect a server" }));
  await page.keyboard.press("Enter");
  const dialog = connectDialog(page);
  await expect(dialog.getByLabel("Address of any node or backup server")).toBeFocused();
  await page.keyboard.type(cluster.address);
  await tabTo(page, dialog.getByLabel("Name in this app"));
  await page.keyboard.type("Keys");
  await tabTo(page, dialog.getByLabel("User", { exact: true }));
  await page.keyboard.type(ADMIN.username);
  await tabTo(page, dialog.getByLabel("Password", { exact: true }));
  await page.keyboard.type(ADMIN.password);
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("radio", { name: "On disk, behind a passphrase" }));
  await page.keyboard.press("ArrowDown");
  await expect(dialog.getByRole("radio", { name: "In memory only" })).toBeChecked();
  await tabTo(page, dialog.getByRole("button", { name: "Keep secrets this way and go on" }));
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByLabel("I compared the fingerprint"));
  await page.keyboard.press("Space");
  await tabTo(page, dialog.getByRole("button", { name: "Trust and log in" }));
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "Not now" }));
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "Keep password" }));
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
});

test("Escape closes the drawer, Ctrl+K finds a view, arrows find a guest in the table", async () => {
  const { page } = app;
  await expect(page.getByRole("complementary")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("complementary")).toBeHidden();
  await page.keyboard.press("Control+k");
  const search = page.getByRole("textbox", { name: "Find a guest, server or view" });
  await expect(search).toBeFocused();
  await page.keyboard.type("guests");
  await expect(page.getByRole("dialog").getByText("Guests", { exact: true })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Guests" })).toBeVisible();
  const grid = page.getByRole("grid", { name: "Guests" });
  await tabTo(page, grid);
  const active = grid.locator("[data-active=true]");
  await expect(active).toContainText("app");
  await page.keyboard.press("End");
  await expect(active).toContainText("web");
  await page.keyboard.press("ArrowUp");
  await expect(active).toContainText("stubborn");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "100 app" })).toBeVisible();
});

test("a backup is started and its end is seen", async () => {
  const { page } = app;
  await tabTo(page, page.getByRole("button", { name: "Back up now" }));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await tabTo(page, dialog.getByRole("radio", { checked: true }).first());
  const nas = dialog.getByRole("radio", { name: /^nas/u });
  await expect(async () => {
    if (!(await nas.isChecked())) await page.keyboard.press("ArrowDown");
    await expect(nas).toBeChecked({ timeout: 100 });
  }).toPass();
  await tabTo(page, dialog.getByRole("button", { name: "Back up now" }));
  await page.keyboard.press("Enter");
  await expect(jobState(page, "Succeeded")).toBeVisible();
});

test("it is restored as a new guest, and Escape leaves a dialog without doing anything", async () => {
  const { page } = app;
  await tabTo(page, page.getByRole("button", { name: "Restore as new guest" }));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Restore as new guest" });
  await expect(dialog.getByText("105 is free")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Restore as new guest" })).toBeFocused();
  await page.keyboard.press("Enter");
  await tabTo(page, dialog.getByRole("button", { name: "Restore as new guest" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: /^Restore to 105/u })).toBeVisible();
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("105");
  await expect(page.getByRole("dialog").getByText("105 app")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "105 app", exact: true })).toBeVisible();
});

test("a focus that cannot be seen would be found", async () => {
  const { page } = app;
  await expect(page.getByRole("dialog")).toBeHidden();
  await tabTo(page, page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Guests" }));
  await page.addStyleTag({ content: "*:focus { outline: none !important; box-shadow: none !important; }" });
  expect(await unseenFocus(page)).toContain("#/guests");
});

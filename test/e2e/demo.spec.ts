import { expect, test, type Page } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import {
  backUp,
  chooseStorage,
  connectDialog,
  fillConnect,
  goTo,
  jobState,
  onlyThis,
  openGuest,
  trust,
} from "./steps.ts";

/** Every view of the demo, empty, waiting, refused, offline and full, is looked at by eyes that do not tire. */
test.describe.configure({ mode: "serial", timeout: 300_000 });

const { inspect, findings } = createInspector();
let app: TestApp;
let branch: SimulatedCluster;

test.beforeAll(async ({ browser }) => {
  branch = await startSimulatedCluster(50);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  // Also of a run that did not get to its end.
  for (const finding of findings()) process.stdout.write(`${finding}\n`);
  await app.close();
  await branch.stop();
});

test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

const entries = () => ({
  address: branch.address,
  name: "Branch office",
  user: ADMIN.username,
  password: ADMIN.password,
});
/** Of the demo: two on nodes of their own, one that has to wait for the first. */
const demoGuests = ["mail", "erp-db", "proxy"] as const;

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
}

test("the demo cluster beside one of one's own: guests, one guest and its dialogs", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await page.getByRole("button", { name: "Open the demo cluster" }).click();
  // Who looks elsewhere at once has opened it all the same.
  await goTo(page, "Guests");
  await expect(page.getByRole("grid", { name: "Guests" })).toContainText("erp-db");
  await goTo(page, "Servers");
  await expect(page.getByRole("grid", { name: "Servers" })).toContainText("Demo cluster");
  await page.getByRole("button", { name: "Connect a server" }).click();
  await fillConnect(page, entries());
  await connectDialog(page).getByLabel("In memory only").check();
  await connectDialog(page).getByRole("button", { name: "Keep secrets this way and go on" }).click();
  await trust(page, branch.fingerprint);
  await onlyThis(page);
  await goTo(page, "Guests");
  await expect(page.getByRole("grid", { name: "Guests" })).toContainText("harbor-1");
  await inspect(page, "guests");
  await page.getByRole("radiogroup", { name: "Group" }).getByText("By node").click();
  await inspect(page, "guests by node");
  await page.getByRole("radiogroup", { name: "Group" }).getByText("No groups").click();
  const filter = page.getByRole("textbox", { name: /^Filter by name/u });
  await filter.fill("no such guest");
  await expect(page.getByText("No guest matches")).toBeVisible();
  await inspect(page, "guests none matching");
  await filter.fill("");
  await openGuest(page, "mail");
  await expect(page.getByRole("grid", { name: "Backups" })).toBeVisible();
  await expect(page.getByText("Cores", { exact: true })).toBeVisible();
  await inspect(page, "guest");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await inspect(page, "guest stop");
  await closeDialog(page);
  await page.getByRole("button", { name: "Back up now" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Back up now" })).toBeVisible();
  await inspect(page, "back up");
  await closeDialog(page);
  await openGuest(page, "app");
  await page.getByRole("button", { name: "Back up now" }).click();
  await chooseStorage(dialog, "local");
  await expect(dialog).toContainText("local keeps 1 copy of this guest and has 1");
  await inspect(page, "back up with the keep rule reached");
  await closeDialog(page);
});

test("running and ended jobs, cancelling, the overview", async () => {
  const { page } = app;
  await openGuest(page, "web");
  await backUp(page, "nas");
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await inspect(page, "job succeeded");
  await branch.control("holdVzdumpLock", "pve2");
  await openGuest(page, "dns");
  await backUp(page, "nas");
  await expect(page.getByText("Another backup is running on this node")).toBeVisible();
  await inspect(page, "job waiting for the lock");
  await branch.control("breakStorage", "nas", "mount error: Connection timed out");
  await branch.control("releaseVzdumpLock", "pve2");
  await expect(jobState(page, "Failed")).toBeVisible();
  await inspect(page, "job failed");
  for (const name of demoGuests) {
    await openGuest(page, name);
    await backUp(page, "pbs-main");
  }
  await expect(jobState(page, "Running")).toBeVisible();
  await expect(page.getByRole("log", { name: "Task log" })).toContainText("INFO");
  await inspect(page, "job running");
  await page.getByRole("button", { name: "Stop task" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Stop task" })).toBeEnabled();
  await inspect(page, "job cancel");
  await closeDialog(page);
  for (const view of ["Jobs", "History", "Overview"]) {
    await goTo(page, view);
    await inspect(page, view.toLowerCase());
  }
});

test("backups, one of them, restoring it", async () => {
  const { page } = app;
  await goTo(page, "Backups");
  const grid = page.getByRole("grid", { name: "Backups" });
  await expect(grid).toContainText("pbs-main");
  await inspect(page, "backups");
  await grid.getByRole("row").nth(2).click();
  await inspect(page, "backup");
  await page.getByRole("complementary").getByRole("button", { name: "Close" }).click();
  await page.getByRole("textbox", { name: /^Filter by guest/u }).fill("mail");
  await expect(grid.getByRole("row").nth(1)).toContainText("104 mail");
  await grid.getByRole("row").nth(1).click();
  await page.getByRole("complementary").getByRole("button", { name: "Restore as new guest" }).click();
  await expect(page.getByRole("dialog").getByText(/ is free/u)).toBeVisible();
  await inspect(page, "restore");
  await closeDialog(page);
  await page.getByRole("textbox", { name: /^Filter by guest/u }).fill("no such backup");
  await expect(page.getByText("No backup matches")).toBeVisible();
  await inspect(page, "backups none matching");
});

test("servers, settings and the palette", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await inspect(page, "servers");
  await page.getByRole("grid", { name: "Servers" }).getByText("Demo cluster").click();
  await expect(page.getByRole("complementary")).toContainText("harbor-3");
  await inspect(page, "server");
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await inspect(page, "server edit");
  await closeDialog(page);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Deregister cluster" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Deregister cluster" })).toBeEnabled();
  await inspect(page, "server deregister");
  await closeDialog(page);
  await goTo(page, "Settings");
  await expect(page.getByText("Data directory")).toBeVisible();
  await inspect(page, "settings");
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Find a guest, server or view" }).fill("har");
  await inspect(page, "palette");
  await page.getByRole("textbox", { name: "Find a guest, server or view" }).fill("xyzzy");
  await inspect(page, "palette without hits");
  await page.keyboard.press("Escape");
});

test("a cluster that does not answer, and a host that is gone", async () => {
  const { page } = app;
  await branch.stop();
  await goTo(page, "Servers");
  await page.getByRole("grid", { name: "Servers" }).getByText("Branch office").click();
  await page.getByRole("button", { name: "Check now" }).first().click();
  await expect(page.getByRole("grid", { name: "Servers" })).toContainText("Offline");
  await inspect(page, "server offline");
  await goTo(page, "Overview");
  await expect(page.getByText("Needs attention")).toBeVisible();
  await inspect(page, "overview with trouble");
  await goTo(page, "Guests");
  await page.getByRole("textbox", { name: /^Filter by name/u }).fill("");
  await expect(page.getByText("Branch office does not answer.")).toBeVisible();
  await inspect(page, "guests of an offline cluster");
});

test("none of these pages looks broken, and axe finds nothing on any", () => {
  expect(findings()).toEqual([]);
});

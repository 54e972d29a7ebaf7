import { expect, test, type Page } from "@playwright/test";

import { PBS_ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedBackupServer, type SimulatedBackupServer } from "./simulated.ts";
import { connectDialog, fillConnect, goTo, keepPassword, trust } from "./steps.ts";

/** A backup server in the window: connected by its address alone, its datastores, groups, snapshots and jobs. */
test.describe.configure({ mode: "serial", timeout: 120_000 });

const { inspect, findings } = createInspector();
let app: TestApp;
let server: SimulatedBackupServer;

test.beforeAll(async ({ browser }) => {
  server = await startSimulatedBackupServer(50);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  for (const finding of findings()) process.stdout.write(`${finding}\n`);
  await app.close();
  await server.stop();
});

test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

const row = (page: Page, grid: string, text: string | RegExp) =>
  page.getByRole("grid", { name: grid }).getByRole("row").filter({ hasText: text });

test("its address alone tells what it is", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  await fillConnect(page, {
    address: server.address,
    name: "Vault house",
    user: PBS_ADMIN.username,
    password: PBS_ADMIN.password,
  });
  const dialog = connectDialog(page);
  await dialog.getByLabel("Memory only").check();
  await dialog.getByRole("button", { name: "Go on" }).click();
  await trust(page, server.fingerprint);
  await keepPassword(page);
  await goTo(page, "Servers");
  await row(page, "Servers", "Vault house").click();
  await expect(page.getByText(/^Proxmox Backup Server \d/u)).toBeVisible();
  await inspect(page, "backup server registration");
});

test("its datastores stand with use, trend and what is wrong with them", async () => {
  const { page } = app;
  await page.getByRole("link", { name: "Open datastores" }).click();
  await expect(row(page, "Datastores", "main")).toContainText("Available");
  await expect(row(page, "Datastores", "shelf")).toContainText("Not mounted");
  await expect(row(page, "Datastores", "vault")).toContainText("Read-only");
  await inspect(page, "datastores");
});

test("snapshots of one group, with what is damaged, encrypted, unfinished", async () => {
  const { page } = app;
  await row(page, "Datastores", "main").click();
  await expect(page.getByRole("heading", { level: 1, name: "main" })).toBeVisible();
  await row(page, "Groups", "vm/100").click();
  await expect(row(page, "Snapshots of vm/100", "Verified").first()).toBeVisible();
  await row(page, "Snapshots of vm/100", "Verified").first().click();
  await expect(page.getByRole("heading", { name: "Files" })).toBeVisible();
  await inspect(page, "snapshot");
  await page.getByRole("button", { name: "Protect", exact: true }).click();
  await expect(page.getByRole("button", { name: "Remove protection" })).toBeVisible();
  await page.getByRole("button", { name: "Edit notes" }).click();
  await page.getByRole("dialog").getByLabel("Notes").fill("kept for the migration");
  await page.getByRole("button", { name: "Save notes" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("complementary").getByText("kept for the migration")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(row(page, "Snapshots of vm/100", "kept for the migration")).toBeVisible();
});

test("a prune shows what it would remove, and removes just that", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Prune group" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Keep last").fill("2");
  await dialog.getByRole("button", { name: "Show what would be removed" }).click();
  await expect(dialog.getByText("3 snapshots are removed, 4 stay.")).toBeVisible();
  await expect(dialog.getByText("Kept: protected").first()).toBeVisible();
  await inspect(page, "prune");
  await dialog.getByRole("button", { name: "Remove 3 snapshots" }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("link", { name: "Watch the task" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Prune");
  await page.goBack();
});

test("the last month and the jobs", async () => {
  const { page } = app;
  await page.getByRole("tab", { name: "Use and jobs" }).click();
  await expect(page.getByRole("slider", { name: /^Use from/u })).toBeVisible();
  await inspect(page, "datastore use");
});

test("its tasks, whoever started them", async () => {
  const { page } = app;
  await page.getByRole("link", { name: "Vault house" }).first().click();
  await page.getByRole("tab", { name: "Tasks" }).click();
  await expect(row(page, "Tasks", "vm/100").first()).toBeVisible();
  await inspect(page, "backup server tasks");
});

test("nothing on these pages hurts the eye or a screen reader", () => {
  expect(findings()).toEqual([]);
});

import { expect, test } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import { connectDialog, fillConnect, goTo, onlyThis, trust } from "./steps.ts";

/** Tasks of servers that no job of ours started: listed, filtered, followed, stopped. */
test.describe.configure({ mode: "serial", timeout: 120_000 });

const { inspect, findings } = createInspector();
let app: TestApp;
let branch: SimulatedCluster;

test.beforeAll(async ({ browser }) => {
  branch = await startSimulatedCluster(1);
  app = await openTestApp(browser);
  await app.page.getByRole("button", { name: "Open the demo cluster" }).click();
  await expect(app.page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
});
test.afterAll(async () => {
  for (const finding of findings()) process.stdout.write(`${finding}\n`);
  await app.close();
  await branch.stop();
});
test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

test("the tasks on the servers stand beside the jobs, running ones and ended ones", async () => {
  const { page } = app;
  await goTo(page, "Jobs");
  await page.getByRole("radiogroup", { name: "Which list" }).getByText("Tasks on the servers").click();
  const list = page.getByRole("grid", { name: "Tasks on the servers" });
  await expect(list.getByRole("row").nth(1)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tasks on the servers");
  await inspect(page, "tasks");
});

test("a filter finds by words, and says when nothing fits", async () => {
  const { page } = app;
  const filter = page.getByRole("textbox", { name: /^Filter by guest, type/u });
  await filter.fill("no such task");
  await expect(page.getByText("No task matches")).toBeVisible();
  await page.getByRole("button", { name: "Show all" }).click();
});

test("what another administrator starts is followed live and stopped after a question", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await page.getByRole("button", { name: "Connect a server" }).click();
  const { username: user, password } = ADMIN;
  await fillConnect(page, { address: branch.address, name: "Branch office", user, password });
  await connectDialog(page).getByLabel("In memory only").check();
  await connectDialog(page).getByRole("button", { name: "Keep secrets this way and go on" }).click();
  await trust(page, branch.fingerprint);
  await onlyThis(page);
  await branch.post("/nodes/pve1/vzdump", { vmid: "100", storage: "nas", remove: "0" });
  await goTo(page, "Jobs");
  await page.getByRole("radiogroup", { name: "Which list" }).getByText("Tasks on the servers").click();
  const list = page.getByRole("grid", { name: "Tasks on the servers" });
  await list.getByRole("row").filter({ hasText: "Running" }).first().click();
  await expect(page.getByRole("log", { name: "Task log" })).toContainText(/INFO|starting/u);
  await inspect(page, "running task");
  await page.getByRole("button", { name: "Stop task" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("not started by this app");
  await inspect(page, "stop task");
  await dialog.getByRole("button", { name: "Stop task" }).click();
  await expect(page.getByRole("main").getByText("It was stopped before its end.")).toBeVisible();
});

test("a guest's page lists what its node remembers of it", async () => {
  const { page } = app;
  await page.getByRole("link", { name: "All tasks" }).click();
  await goTo(page, "Guests");
  await page.getByRole("grid", { name: "Guests" }).getByRole("row").nth(1).click();
  await expect(page.getByRole("region", { name: "Tasks on the server" })).toBeVisible();
  await inspect(page, "guest with tasks");
});

test("none of these pages looks broken, and axe finds nothing on any", () => {
  expect(findings()).toEqual([]);
});

import { expect, test, type Page } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { meddle, type Meddling } from "./pipe.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import { connectDialog, fillConnect, goTo } from "./steps.ts";

/** What a window shows when there is nothing yet, nothing any more, or no answer. */
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
const views = ["Guests", "Backups", "Jobs", "History", "Servers"] as const;

test("an empty app", async () => {
  const { page } = app;
  await expect(page.getByRole("button", { name: "Open the demo cluster" })).toBeVisible();
  await inspect(page, "start");
  for (const view of views) {
    await goTo(page, view);
    await inspect(page, `empty ${view}`);
  }
});

test("connecting a cluster, with its refusals", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  const dialog = connectDialog(page);
  await expect(dialog.getByLabel("Address of any node or backup server")).toBeVisible();
  await inspect(page, "connect");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await inspect(page, "connect with nothing entered");
  await fillConnect(page, entries());
  await inspect(page, "connect vault choice");
  await dialog.getByLabel("In memory only").check();
  await dialog.getByRole("button", { name: "Keep secrets this way and go on" }).click();
  await expect(dialog.getByRole("button", { name: "Trust and log in" })).toBeVisible();
  await inspect(page, "connect trust");
  await dialog.getByRole("button", { name: "Back" }).click();
  await fillConnect(page, { ...entries(), address: "127.0.0.1:1" });
  await expect(dialog.getByRole("alert")).toBeVisible();
  await inspect(page, "connect refused");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(dialog).toBeHidden();
});

const lists = ["guests.list", "backups.list", "jobs.list", "history.list", "clusters.list"] as const;

test("views that wait for their first answer, and views that are refused one", async () => {
  const waiting = await openMeddled("silence");
  for (const view of views) {
    await goTo(waiting, view);
    await expect(waiting.getByRole("main").getByText(/^Reading /u)).toBeVisible();
    await inspect(waiting, `waiting ${view}`);
  }
  await waiting.close();
  const trace = "pxm:01M7YFEEBSX8DM252YHD9SWKNC";
  const refused = await openMeddled({ code: "store.failed", params: {}, trace });
  for (const view of views) {
    await goTo(refused, view);
    await expect(refused.getByRole("main").getByRole("alert")).toBeVisible();
    await inspect(refused, `refused ${view}`);
  }
  await refused.close();
});

/** Another window of the same session, in which every list fares like this. */
async function openMeddled(fate: Meddling): Promise<Page> {
  const page = await app.page.context().newPage();
  await meddle(page, Object.fromEntries(lists.map((operation) => [operation, fate])));
  await page.goto(new URL("/", app.page.url()).href);
  return page;
}

test("a host that is gone, and an address that was used already", async () => {
  const { page } = app;
  const stranger = await page.context().browser()?.newContext();
  const signedOut = await stranger?.newPage();
  if (signedOut === undefined) throw new Error("no browser");
  await signedOut.goto(new URL("/", page.url()).href);
  await expect(signedOut.getByText("This window is signed out")).toBeVisible();
  await inspect(signedOut, "signed out");
  await stranger?.close();
  await app.kill();
  await expect(page.getByRole("alert")).toContainText(
    "The connection between this window and the app is gone.",
  );
  await inspect(page, "host gone");
  app.forgive();
});

test("none of these pages looks broken, and axe finds nothing on any", () => {
  expect(findings()).toEqual([]);
});

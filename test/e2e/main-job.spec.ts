import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import { expect, test } from "@playwright/test";
import { TOTP } from "otpauth";

import { nodeCertificate } from "../../simulator/certificate.ts";
import { ADMIN, TOTP as TOTP_ACCOUNT } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
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
  watchBars,
} from "./steps.ts";

/** The whole main job, as somebody does it who opens the app for the first time. The steps build on each other. */
test.describe.configure({ mode: "serial" });

/** A backup of a few GiB takes some seconds: enough to see its percent rise. */
const slow = 2;
/** It hardly moves: whatever a busy machine needs for the next steps, the task runs still. */
const still = 0.05;
/** So fast that a backup takes parts of a second. */
const fast = 300;
const passphrase = "correct horse battery staple";

let app: TestApp;
let cluster: SimulatedCluster;

test.beforeAll(async ({ browser }) => {
  cluster = await startSimulatedCluster(slow);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  await app.close();
  await cluster.stop();
});

test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

const entries = () => ({
  address: cluster.address,
  name: "Small",
  user: ADMIN.username,
  password: ADMIN.password,
});

test("an empty app offers a cluster of one's own and the demo", async () => {
  const { page } = app;
  await expect(page.getByRole("button", { name: "Open the demo cluster" })).toBeVisible();
  await page.getByRole("button", { name: "Connect a server" }).click();
  await expect(connectDialog(page)).toBeVisible();
});

test("the first secret asks where secrets are kept: behind a passphrase", async () => {
  const { page } = app;
  await fillConnect(page, { ...entries(), address: "127.0.0.1:1" });
  const dialog = connectDialog(page);
  await dialog.getByLabel("On disk, behind a passphrase").check();
  await dialog.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await dialog.getByLabel("Passphrase again").fill("something else");
  await dialog.getByRole("button", { name: "Keep secrets this way and go on" }).click();
  await expect(dialog.getByText("The two are not the same.")).toBeVisible();
  await dialog.getByLabel("Passphrase again").fill(passphrase);
  await dialog.getByRole("button", { name: "Keep secrets this way and go on" }).click();
});

test("an address at which nobody answers is refused in plain words", async () => {
  const dialog = connectDialog(app.page);
  await expect(dialog.getByRole("alert")).toContainText("127.0.0.1:1 cannot be reached");
  await dialog.getByRole("button", { name: "Change the entries" }).click();
});

test("a server that is not Proxmox VE is refused before any password is sent", async () => {
  const { page } = app;
  const { key, cert } = nodeCertificate("nas", "127.0.0.1", Date.now());
  const asked: string[] = [];
  const other = createServer({ key, cert }, (request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)}`);
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>A printer</h1>");
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const dialog = connectDialog(page);
  await fillConnect(page, {
    ...entries(),
    address: `127.0.0.1:${String((other.address() as AddressInfo).port)}`,
  });
  await expect(dialog.getByRole("alert")).toContainText(
    "but not as Proxmox VE or Proxmox Backup Server. No credentials were sent.",
  );
  await dialog.getByRole("button", { name: "Change the entries" }).click();
  expect(asked.filter((request) => !request.startsWith("GET "))).toEqual([]);
  other.close();
  other.closeAllConnections();
});

test("a wrong password is refused at its field", async () => {
  const { page } = app;
  await fillConnect(page, { ...entries(), password: "wrong" });
  await trust(page, cluster.fingerprint);
  await expect(connectDialog(page).getByText("The server refuses this login: wrong password")).toBeVisible();
});

test("the right entries lead over the fingerprint to a registered cluster", async () => {
  const { page } = app;
  await fillConnect(page, entries());
  await trust(page, cluster.fingerprint);
  await onlyThis(page);
  const row = page.getByRole("grid", { name: "Servers" }).getByRole("row").filter({ hasText: "Small" });
  await expect(row).toContainText("Online");
  await expect(row).toContainText(cluster.address);
});

test("the same cluster cannot be registered a second time", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Connect a server" }).click();
  await fillConnect(page, {
    ...entries(),
    address: cluster.address.replace("127.0.0.1", "localhost"),
    name: "Twin",
  });
  const dialog = connectDialog(page);
  await expect(dialog).toContainText("The cluster “Small” that is already registered");
  await trust(page, cluster.fingerprint);
  await expect(dialog.getByRole("alert")).toContainText("already registered as “Small”");
  await dialog.getByRole("button", { name: "Close" }).last().click();
});

test("the table of guests shows them all, and a guest has a page", async () => {
  const { page } = app;
  await goTo(page, "Guests");
  const grid = page.getByRole("grid", { name: "Guests" });
  for (const name of ["app", "spare", "web", "dns", "stubborn", "debian-template"]) {
    await expect(grid.getByText(name, { exact: true })).toBeVisible();
  }
  await openGuest(page, "app");
  await expect(page.getByRole("grid", { name: "Backups" }).getByRole("row")).toHaveCount(5);
});

test("a backup becomes a job at once, on every page, with rising percent and a growing log", async () => {
  const { page } = app;
  await backUp(page, "nas");
  const bars = await watchBars(page);
  await expect(jobState(page, "Running")).toBeVisible();
  const lines = page.getByRole("region", { name: "Log" }).getByText(/^\d+ lines?$/u);
  const first = Number.parseInt(await lines.innerText(), 10);
  const rises = async () => (await bars())["page: Backup of 100 app"]?.length ?? 0;
  await expect.poll(rises).toBeGreaterThan(2);
  await expect.poll(async () => Number.parseInt(await lines.innerText(), 10)).toBeGreaterThan(first + 2);
  await cluster.control("setSpeed", still);
  await goTo(page, "Settings");
  const strip = page.getByRole("region", { name: "Running jobs" });
  await expect(strip).toContainText("Backup of 100 app");
  await strip.getByRole("link", { name: /Backup of 100 app/u }).click();
  await expect(jobState(page, "Running")).toBeVisible();
  const seen = await bars();
  for (const values of Object.values(seen)) expect(values).toEqual(values.toSorted((a, b) => a - b));
  expect(Object.keys(seen)).toContain("strip: Backup of 100 app");
});

test("the host is killed while the backup runs: the window says so, the server goes on", async () => {
  const { page } = app;
  await app.kill();
  await expect(page.getByRole("alert")).toContainText(
    "The connection between this window and the app is gone.",
  );
  app.forgive();
});

test("started again and unlocked, the app follows the same task further", async () => {
  const { page } = app;
  await app.startAgain();
  app.forgive();
  await expect(page.getByRole("heading", { name: "Credentials are locked" })).toBeVisible();
  await page.getByLabel("Passphrase", { exact: true }).fill("not this one");
  await page.getByRole("button", { name: "Unlock" }).click();
  await expect(page.getByText("This is not the passphrase of the vault.")).toBeVisible();
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Unlock" }).click();
  await page
    .getByRole("region", { name: "Running jobs" })
    .getByRole("link", { name: /Backup of 100 app/u })
    .click();
  await expect(jobState(page, "Running")).toBeVisible();
  const bars = await watchBars(page);
  await cluster.control("setSpeed", fast);
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await expect(page.getByText("The backup is complete and on nas.")).toBeVisible();
  for (const values of Object.values(await bars())) expect(values).toEqual(values.toSorted((a, b) => a - b));
  const log = page.getByRole("log", { name: "Task log" });
  await expect(log).toContainText("Backup job finished successfully");
});

test("a container and a virtual machine are backed up to a backup server, one after the other as the node wants", async () => {
  const { page } = app;
  await openGuest(page, "web");
  await backUp(page, "pbs");
  await openGuest(page, "app");
  await backUp(page, "pbs");
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await goTo(page, "Jobs");
  const ended = page.getByRole("grid", { name: "Ended lately" }).getByRole("row");
  await expect(ended.filter({ hasText: "102 web" }).filter({ hasText: "Succeeded" })).toBeVisible();
  await ended.filter({ hasText: "102 web" }).click();
  await expect(page.getByText("The backup is complete and on pbs.")).toBeVisible();
});

test("a container is backed up to a directory", async () => {
  const { page } = app;
  await openGuest(page, "web");
  await backUp(page, "nas");
  await expect(jobState(page, "Succeeded")).toBeVisible();
});

test("a reached keep rule is explained, and passed only by what the person chooses", async () => {
  const { page } = app;
  await openGuest(page, "app");
  await page.getByRole("button", { name: "Back up now" }).click();
  const dialog = page.getByRole("dialog");
  await chooseStorage(dialog, "local");
  await expect(dialog).toContainText("local keeps 1 copy of this guest and has 1");
  await expect(dialog).toContainText("this app never deletes an older one to make room");
  await expect(dialog.getByRole("button", { name: "Back up now" })).toBeDisabled();
  await dialog.getByLabel("Keep all copies").check();
  await dialog.getByRole("button", { name: "Back up now" }).click();
  await expect(jobState(page, "Succeeded")).toBeVisible();
  const limited = (await cluster.tasks()).find((task) => task.params["storage"] === "local");
  expect(limited?.params).toMatchObject({ remove: false, "prune-backups": "keep-all=1" });
});

test("a running backup is cancelled: first cancelling, then what the server says", async () => {
  const { page } = app;
  await openGuest(page, "app");
  await cluster.control("setSpeed", still);
  await backUp(page, "nas");
  await expect(jobState(page, "Running")).toBeVisible();
  // The server takes its time to hear of it: what the app shows meanwhile is the point.
  await cluster.control("addFault", {
    match: { method: "DELETE", path: "/tasks/" },
    action: { kind: "delay", milliseconds: 1500 },
    times: 1,
  });
  await page.getByRole("button", { name: "Stop task" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Older backups are not touched");
  await dialog.getByRole("button", { name: "Stop task" }).click();
  await expect(jobState(page, "Cancelling")).toBeVisible();
  await cluster.control("setSpeed", slow);
  await expect(jobState(page, "Cancelled")).toBeVisible();
  await expect(page.getByText("this job made no usable copy")).toBeVisible();
  await cluster.control("setSpeed", fast);
});

test("a virtual machine is restored as a new guest from its page, and a taken id is refused", async () => {
  const { page } = app;
  await openGuest(page, "app");
  await page
    .getByRole("grid", { name: "Backups" })
    .getByRole("row")
    .filter({ hasText: "nas" })
    .first()
    .getByRole("button", { name: /^Restore the backup of/u })
    .click();
  const dialog = page.getByRole("dialog", { name: "Restore as new guest" });
  const id = dialog.getByLabel("New id");
  await expect(dialog.getByText("105 is free")).toBeVisible();
  await id.fill("101");
  await expect(dialog.getByText("101 is taken")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Restore as new guest" })).toBeDisabled();
  await id.fill("205");
  await dialog.getByLabel("Name").fill("app-copy");
  await expect(dialog.getByLabel("New MAC addresses")).toBeChecked();
  await dialog.getByRole("button", { name: "Restore as new guest" }).click();
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await openGuest(page, "app-copy");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("205 app-copy");
});

test("a container is restored as a new guest from the list of all backups", async () => {
  const { page } = app;
  await goTo(page, "Backups");
  await page.getByRole("textbox", { name: /^Filter by guest/u }).fill("web pbs");
  await expect(page.getByText("2 backups", { exact: true })).toBeVisible();
  await page.getByRole("grid", { name: "Backups" }).getByRole("row").nth(1).click();
  await page.getByRole("complementary").getByRole("button", { name: "Restore as new guest" }).click();
  const dialog = page.getByRole("dialog", { name: "Restore as new guest" });
  await dialog.getByLabel("New id").fill("206");
  await dialog.getByLabel("Name").fill("web-copy");
  await dialog.getByRole("button", { name: "Restore as new guest" }).click();
  await expect(jobState(page, "Succeeded")).toBeVisible();
  await openGuest(page, "web-copy");
});

const wholeHistory = [
  ["Restore", "206", "Succeeded"],
  ["Restore", "205", "Succeeded"],
  ["Backup", "100", "Cancelled"],
  ["Backup", "100", "Succeeded"],
  ["Backup", "102", "Succeeded"],
  ["Backup", "100", "Succeeded"],
  ["Backup", "102", "Succeeded"],
  ["Backup", "100", "Succeeded"],
] as const;

async function expectWholeHistory(): Promise<void> {
  const { page } = app;
  await goTo(page, "History");
  const rows = page.getByRole("grid", { name: "History" }).getByRole("row");
  await expect(rows).toHaveCount(wholeHistory.length + 1);
  for (const [index, [kind, vmid, state]] of wholeHistory.entries()) {
    const row = rows.nth(index + 1);
    await expect(row).toContainText(kind);
    await expect(row).toContainText(vmid);
    await expect(row).toContainText(state);
    await expect(row.getByRole("gridcell").nth(-2)).toHaveText(/\d (?:s|min)/u);
    if (state === "Succeeded" && kind === "Backup") {
      await expect(row.getByRole("gridcell").last()).toHaveText(/[\d.]+ [KMG]iB/u);
    }
  }
}

test("the history has every job with result, duration and size", async () => {
  await expectWholeHistory();
});

test("the history outlives another restart, with the whole log of each job", async () => {
  const { page } = app;
  await app.kill();
  await app.startAgain();
  app.forgive();
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Unlock" }).click();
  await expectWholeHistory();
  await page.getByRole("grid", { name: "History" }).getByRole("row").last().click();
  const log = page.getByRole("log", { name: "Task log" });
  await expect(log).toContainText("Backup job finished successfully");
  await page.getByRole("textbox", { name: "Search in log" }).fill("Starting Backup of VM 100");
  await expect(page.getByRole("region", { name: "Log" }).getByRole("status")).toHaveText("1 of 1");
});

test("the server was asked for each task exactly once, and never to remove an older copy", async () => {
  const tasks = await cluster.tasks();
  expect(tasks.map((task) => `${task.type} ${task.vmid}`)).toEqual([
    "vzdump 100",
    "vzdump 102",
    "vzdump 100",
    "vzdump 102",
    "vzdump 100",
    "vzdump 100",
    "qmrestore 205",
    "vzrestore 206",
  ]);
  for (const task of tasks.filter((one) => one.type === "vzdump")) expect(task.params["remove"]).toBe(false);
});

test("deregistering asks first, forgets the cluster and keeps its history", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await page.getByRole("grid", { name: "Servers" }).getByRole("row").nth(1).click();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Deregister cluster" }).click();
  const dialog = page.getByRole("dialog", { name: "Deregister Small?" });
  await expect(dialog).toContainText("Its history stays.");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "Deregister cluster" }).click();
  await expect(page.getByText("No server is connected")).toBeVisible();
  await goTo(page, "History");
  await expect(page.getByRole("grid", { name: "History" }).getByRole("row")).toHaveCount(
    wholeHistory.length + 1,
  );
});

test("an account with a second factor is asked for its code", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  await fillConnect(page, {
    ...entries(),
    user: TOTP_ACCOUNT.username,
    password: TOTP_ACCOUNT.password,
  });
  await trust(page, cluster.fingerprint);
  const dialog = connectDialog(page);
  await expect(dialog.getByText("The password is right.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Code", exact: true }).fill("000000");
  await dialog.getByRole("button", { name: "Send code" }).click();
  await expect(dialog.getByText("The server refuses this code.")).toBeVisible();
  await dialog
    .getByRole("textbox", { name: "Code", exact: true })
    .fill(new TOTP({ secret: TOTP_ACCOUNT.secret }).generate());
  await dialog.getByRole("button", { name: "Send code" }).click();
  await onlyThis(page);
  await expect(
    page.getByRole("grid", { name: "Servers" }).getByRole("row").filter({ hasText: "Small" }),
  ).toContainText("Online");
});

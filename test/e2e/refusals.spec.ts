import { expect, test, type Locator } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import {
  chooseStorage,
  connectDialog,
  fillConnect,
  goTo,
  jobState,
  onlyThis,
  openGuest,
  trust,
} from "./steps.ts";

/** What a server refuses about single values stands at the fields of the form that asked, which stays as it was filled in. */
test.describe.configure({ mode: "serial" });

const { inspect, findings } = createInspector();
let app: TestApp;
let cluster: SimulatedCluster;

test.beforeAll(async ({ browser }) => {
  cluster = await startSimulatedCluster(300);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  for (const finding of findings()) process.stdout.write(`${finding}\n`);
  await app.close();
  await cluster.stop();
});

/** The next request to this path is refused once, as Proxmox VE does: 400 with a text for each parameter. */
async function refuseNext(path: string, errors: Readonly<Record<string, string>>): Promise<void> {
  const message = "Parameter verification failed.";
  const body = JSON.stringify({ data: null, errors, message: `${message}\n` });
  await cluster.control("addFault", {
    match: { method: "POST", path },
    action: { kind: "answer", status: 400, reason: message, body },
    times: 1,
  });
}

/** What a screen reader says is wrong with a field. */
async function expectError(field: Locator, words: string): Promise<void> {
  await expect(field).toHaveAccessibleDescription(new RegExp(words, "u"));
}

test("of a login, at user and password", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  const dialog = connectDialog(page);
  await dialog.getByLabel("Remember").uncheck();
  await refuseNext("^/access/ticket$", { username: "value does not look like a valid user name" });
  const entries = { address: cluster.address, name: "Small", user: ADMIN.username, password: ADMIN.password };
  await fillConnect(page, entries);
  await trust(page, cluster.fingerprint);
  await expectError(dialog.getByLabel("User", { exact: true }), "does not look like a valid user name");
  await expect(dialog.getByRole("alert")).toContainText("does not accept a value");
  await dialog.getByLabel("User", { exact: true }).fill(ADMIN.username);
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await trust(page, cluster.fingerprint);
  await onlyThis(page);
});

test("of a backup, at the fields that the dialog has and below them for the others", async () => {
  const { page } = app;
  await openGuest(page, "app");
  await page.getByRole("button", { name: "Back up now" }).click();
  const dialog = page.getByRole("dialog");
  await chooseStorage(dialog, "nas");
  await dialog.getByLabel("Note").fill("before the upgrade");
  await refuseNext("/vzdump$", {
    "notes-template": "found unknown: variable 'x' at char 4",
    mode: "value 'snapshot' is not allowed here",
    storage: "No such storage.",
    bwlimit: "value must have a minimum value of 0",
  });
  await dialog.getByRole("button", { name: "Back up now" }).click();
  await expectError(dialog.getByLabel("Note"), "found unknown: variable 'x'");
  await expect(dialog.getByText("No such storage.")).toBeVisible();
  await expect(dialog.getByText("value 'snapshot' is not allowed here")).toBeVisible();
  await expect(dialog.getByRole("alert").filter({ hasText: "bwlimit" })).toContainText("minimum value of 0");
  await inspect(page, "backup refused at its fields");
  await dialog.getByLabel("Note").fill("another note");
  await expect(dialog.getByText("No such storage.")).toBeHidden();
  await dialog.getByRole("button", { name: "Back up now" }).click();
  await expect(jobState(page, "Succeeded")).toBeVisible();
});

test("of a restore, at the new guest's fields", async () => {
  const { page } = app;
  await openGuest(page, "app");
  const backups = page.getByRole("grid", { name: "Backups" }).getByRole("row").filter({ hasText: "nas" });
  await backups
    .first()
    .getByRole("button", { name: /^Restore the backup of/u })
    .click();
  const dialog = page.getByRole("dialog", { name: "Restore as new guest" });
  await expect(dialog.getByText("is free")).toBeVisible();
  await refuseNext("/qemu$", {
    vmid: "value must have a minimum value of 100",
    storage: "storage 'x' does not support vm images",
    name: "invalid format - value does not look like a valid DNS name",
  });
  await dialog.getByRole("button", { name: "Restore as new guest" }).click();
  await expectError(dialog.getByLabel("New id"), "minimum value of 100");
  await expectError(dialog.getByLabel("Name"), "valid DNS name");
  await expect(dialog.getByText("does not support vm images")).toBeVisible();
  await dialog.getByRole("button", { name: "Restore as new guest" }).click();
  await expect(jobState(page, "Succeeded")).toBeVisible();
});

test("of a list, entries that cannot be read are counted above it, and its count is a lower bound", async () => {
  const { page } = app;
  const row = (vmid: unknown) => ({ type: "qemu", vmid, node: "pve1", name: "app", status: "running" });
  const data = [{ type: "node", node: "pve1", status: "online" }, row(100), row("x"), { type: "lxc" }];
  await cluster.control("addFault", {
    match: { method: "GET", path: "^/cluster/resources$" },
    action: { kind: "answer", status: 200, reason: "OK", body: JSON.stringify({ data }) },
  });
  await goTo(page, "Guests");
  await expect(page.getByRole("status").filter({ hasText: "2 entries" })).toContainText("cannot be read");
  await expect(page.getByText("≥ 1 guest", { exact: true })).toBeVisible();
});

test("is well to look at, by keyboard and by ear", () => {
  expect(findings()).toEqual([]);
  expect(app.problems()).toEqual([]);
});

import { expect, test } from "@playwright/test";

import { ADMIN, AUDITOR, NOBODY } from "../../simulator/credentials.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import { connectDialog, fillConnect, goTo, keepPassword, onlyThis, trust } from "./steps.ts";

/** What accounts may see, and the way from a password to a token. The steps build on each other. */
test.describe.configure({ mode: "serial" });

let app: TestApp;
let clusters: readonly SimulatedCluster[];
const { inspect, findings } = createInspector();

test.beforeAll(async ({ browser }) => {
  clusters = await Promise.all([startSimulatedCluster(1), startSimulatedCluster(1)]);
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  await app.close();
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

async function connect(
  at: number,
  name: string,
  account: { readonly username: string; readonly password: string },
): Promise<void> {
  const { page } = app;
  const cluster = clusters[at];
  if (cluster === undefined) throw new Error("no such cluster");
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  await connectDialog(page).getByLabel("Remember").uncheck();
  await fillConnect(page, {
    address: cluster.address,
    name,
    user: account.username,
    password: account.password,
  });
  await trust(page, cluster.fingerprint);
}

test("an account that may see nothing is connected, and told so wherever something would be empty", async () => {
  const { page } = app;
  await connect(0, "Blind", NOBODY);
  await onlyThis(page);
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByRole("alert")).toContainText("needs at least VM.Audit on /vms");
  await drawer.getByRole("link", { name: "What this account may do" }).click();
  await expect(page.getByText("This account may look at nothing here")).toBeVisible();
  const guests = page.getByRole("row").filter({ hasText: "See guests" });
  await expect(guests).toContainText("Does not work");
  await expect(guests).toContainText("VM.Audit on /vms");
  await guests.getByRole("button", { name: "Show command" }).click();
  await expect(page.getByText("pveum acl modify /vms --users 'nobody@pve' --roles PVEAuditor")).toBeVisible();
  await inspect(page, "rights of nobody");
  await goTo(page, "Guests");
  await expect(page.getByText("VM.Audit is missing on /vms")).toBeVisible();
  await expect(page.getByText("No guest can be seen")).toBeVisible();
  await inspect(page, "guests that may not be seen");
  await goTo(page, "Backups");
  await expect(page.getByText("No backup can be seen")).toBeVisible();
});

test("an auditor's page names what works and what does not", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  await connect(1, "Watched", AUDITOR);
  await onlyThis(page);
  await page.getByRole("complementary").getByRole("link", { name: "What this account may do" }).click();
  const row = (text: string) => page.getByRole("row").filter({ hasText: text });
  await expect(row("See guests")).toContainText("Works");
  await expect(row("Back up now")).toContainText("VM.Backup on /vms");
  await expect(row("Back up now")).toContainText("Datastore.AllocateSpace on /storage");
  await expect(row("Change backup jobs")).toContainText("Sys.Modify on /");
  await inspect(page, "rights of an auditor");
});

test("a token takes the place of the password once all that it creates was shown", async () => {
  const { page } = app;
  await goTo(page, "Servers");
  const row = page.getByRole("grid", { name: "Servers" }).getByRole("row").filter({ hasText: "Watched" });
  await row.click();
  const drawer = page.getByRole("complementary");
  await drawer.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Deregister cluster" }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Deregister/u })
    .click();
  await expect(row).toBeHidden();
  await connect(1, "Own token", ADMIN);
  await connectDialog(page).getByRole("button", { name: "Not now" }).click();
  await expect(connectDialog(page).getByText("Recommended: a token of its own")).toBeVisible();
  await keepPassword(page);
  await drawer.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "What this account may do" }).click();
  await expect(page.getByText("This account may do everything on the server")).toBeVisible();
  await page.getByRole("button", { name: "Make my token" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a token for Own token" });
  await expect(dialog.getByText("Proxmoxer-backup", { exact: true })).toBeVisible();
  await expect(dialog.getByText("admin@pve!proxmoxer", { exact: true })).toBeVisible();
  await expect(dialog.getByText("include deleting them")).toBeVisible();
  await inspect(page, "a token is offered");
  await dialog.getByText("Watch", { exact: true }).click();
  await expect(dialog.getByText("Proxmoxer-watch", { exact: true })).toBeVisible();
  await expect(dialog.getByText("include deleting them")).toBeHidden();
  await dialog.getByRole("button", { name: "Make token, forget password" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Account admin@pve!proxmoxer")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Back up now" })).toContainText("Does not work");
  await page.getByRole("link", { name: "Connection and account" }).click();
  await expect(drawer).toContainText("admin@pve!proxmoxer");
  await expect(
    page.getByRole("grid", { name: "Servers" }).getByRole("row").filter({ hasText: "Own token" }),
  ).toContainText("Online");
});

test("a realm with a provider logs in in the browser, by an address that is shown to be registered", async () => {
  const { page } = app;
  const [cluster] = clusters;
  if (cluster === undefined) throw new Error("no cluster");
  await goTo(page, "Servers");
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  const dialog = connectDialog(page);
  await dialog.getByLabel("Address of any node or backup server").fill(cluster.address);
  await dialog.getByLabel("Name in this app").fill("By provider");
  const realm = dialog.getByRole("combobox", { name: "Realm" });
  await expect(realm).toHaveValue("pam");
  await realm.click();
  await page.getByRole("option", { name: /^sso/u }).click();
  await expect(dialog.getByLabel("Password", { exact: true })).toBeHidden();
  await expect(dialog.getByText(/^http:\/\/127\.0\.0\.1:\d+\/openid$/u)).toBeVisible();
  await inspect(page, "connect through a provider");
  // The provider's page: somebody logs in there, and the browser is sent back to the app.
  const provider = page.context();
  await provider.route("https://login.example.test/**", async (route) => {
    const back = await cluster.control("consentOpenId", route.request().url(), "ada");
    await route.fulfill({ status: 302, headers: { location: String(back) } });
  });
  const popup = page.waitForEvent("popup");
  await dialog.getByRole("button", { name: "Log in in the browser" }).click();
  await trust(page, cluster.fingerprint);
  const opened = await popup;
  await expect(opened.getByText(/This page can be closed/u)).toBeVisible();
  // Nobody of that name is known to the cluster: the login itself is another test's business.
  await expect(dialog.getByRole("alert")).toContainText("did not give this login");
  await opened.close();
});

test("nothing of this looks broken", () => {
  expect(findings()).toEqual([]);
});

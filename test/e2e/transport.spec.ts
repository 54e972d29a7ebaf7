import { expect, test } from "@playwright/test";

import { ADMIN } from "../../simulator/credentials.ts";
import { openProxy, type TestProxy } from "../proxmox/test-proxy.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { createInspector } from "./inspect.ts";
import { startSimulatedCluster, type SimulatedCluster } from "./simulated.ts";
import { connectDialog, fillConnect, goTo, keepPassword, trust } from "./steps.ts";

/** A cluster by several nodes, a certificate that changes, a proxy: the way a person goes through them. */
test.describe.configure({ mode: "serial", timeout: 120_000 });

const { inspect, findings } = createInspector();
let app: TestApp;
let cluster: SimulatedCluster;
let proxy: TestProxy;

test.beforeAll(async ({ browser }) => {
  cluster = await startSimulatedCluster(50, { everyNode: true });
  proxy = await openProxy("http");
  app = await openTestApp(browser);
});

test.afterAll(async () => {
  for (const finding of findings()) process.stdout.write(`${finding}\n`);
  await app.close();
  await proxy.close();
  await cluster.stop();
});

test.afterEach(() => {
  expect(app.problems()).toEqual([]);
});

const entries = () => ({
  address: cluster.address,
  name: "Branch office",
  user: ADMIN.username,
  password: ADMIN.password,
});

test("the other node is ticked after the login, and held against the cluster's own word", async () => {
  const { page } = app;
  await page.getByRole("button", { name: "Connect a server" }).first().click();
  const dialog = connectDialog(page);
  await fillConnect(page, entries());
  await dialog.getByLabel("In memory only").check();
  await dialog.getByRole("button", { name: "Keep secrets this way and go on" }).click();
  await trust(page, cluster.fingerprint);
  const tick = dialog.getByRole("checkbox", { name: "pve2" });
  await expect(tick).not.toBeChecked();
  await tick.check();
  await dialog.getByLabel("Address of pve2").fill(cluster.address);
  await dialog.getByRole("button", { name: "Look at 1 address" }).click();
  await expect(dialog.getByText("another certificate than the cluster says")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Use the ticked ones" })).toBeDisabled();
  await inspect(page, "other nodes, wrong certificate");
  await dialog.getByLabel("Address of pve2").fill(String(cluster.nodes["pve2"]));
  await dialog.getByRole("button", { name: "Look at 1 address" }).click();
  await expect(dialog.getByText("same certificate as the cluster says")).toBeVisible();
  await dialog.getByRole("button", { name: "Use 1 address" }).click();
  await keepPassword(page);
  const drawer = page.getByRole("complementary");
  await expect(drawer.getByText("answers", { exact: true })).toBeVisible();
  await expect(drawer.getByText("stands by", { exact: true })).toBeVisible();
});

test("a node with another certificate is frozen alone; trusting it needs the last eight digits", async () => {
  const { page } = app;
  const fingerprint = (await cluster.swapCertificate("pve1")).replaceAll(":", "").toLowerCase();
  const drawer = page.getByRole("complementary");
  await drawer.getByRole("button", { name: "Check now" }).click();
  const alarm = `${cluster.address} shows another certificate`;
  await expect(drawer.getByText(alarm, { exact: true })).toBeVisible();
  await expect(drawer.getByText("The other addresses go on.")).toBeVisible();
  await expect(drawer.getByText("frozen", { exact: true })).toBeVisible();
  await inspect(page, "certificate changed");
  const digits = drawer.getByLabel("Last eight digits of the new fingerprint");
  const accept = drawer.getByRole("button", { name: "Trust the new certificate" });
  await digits.fill("00000000");
  await expect(accept).toBeDisabled();
  await digits.fill(fingerprint.slice(-8));
  await accept.click();
  await expect(drawer.getByText("frozen", { exact: true })).toBeHidden();
  await expect(drawer.getByText("shows another certificate")).toHaveCount(0);
});

test("with the first node killed the second one answers, and everybody can see which", async () => {
  const { page } = app;
  await cluster.killNode("pve1");
  const drawer = page.getByRole("complementary");
  await drawer.getByRole("button", { name: "Check now" }).click();
  await expect(drawer.getByText("does not answer", { exact: true })).toBeVisible();
  await expect(drawer.getByText("answers", { exact: true })).toBeVisible();
  const row = page.getByRole("grid", { name: "Servers" }).getByRole("row").filter({ hasText: "Branch" });
  await expect(row).toContainText(String(cluster.nodes["pve2"]));
  await page.getByRole("link", { name: /needs? attention/u }).hover();
  await expect(page.getByRole("tooltip")).toContainText("pve2 answers in the place of the first address");
});

test("addresses are put in another order, and a proxy is set, in the edit dialog", async () => {
  const { page } = app;
  const drawer = page.getByRole("complementary");
  await drawer.getByRole("button", { name: "Edit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit Branch office" });
  await dialog.getByRole("button", { name: `Use ${String(cluster.nodes["pve2"])} earlier` }).click();
  await dialog.getByText("HTTP proxy").click();
  await dialog.getByLabel("Address of the proxy").fill("127.0.0.1:1");
  await inspect(page, "edit");
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog.getByText(/The proxy 127\.0\.0\.1:1 cannot be reached/u)).toBeVisible();
  await dialog.getByLabel("Address of the proxy").fill(proxy.proxy.address);
  await dialog.getByRole("button", { name: "Save changes" }).click();
  await expect(dialog).toBeHidden();
  await expect(drawer.getByText(`HTTP proxy ${proxy.proxy.address}`)).toBeVisible();
  expect(proxy.asked).toContain(cluster.nodes["pve2"]);
  await goTo(page, "Servers");
});

test("nothing looks broken, and axe is content", () => {
  expect(findings()).toEqual([]);
});

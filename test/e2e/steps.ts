import { expect, type Locator, type Page } from "@playwright/test";

/** What a person does in the window, in the words that stand on it. Steps of several specs. */

export interface ConnectEntries {
  readonly address: string;
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export function connectDialog(page: Page): Locator {
  return page.getByRole("dialog", { name: "Connect a server" });
}

export async function fillConnect(page: Page, entries: ConnectEntries): Promise<void> {
  const dialog = connectDialog(page);
  await dialog.getByLabel("Address of any node or backup server").fill(entries.address);
  await dialog.getByLabel("Name in this app").fill(entries.name);
  await dialog.getByLabel("User", { exact: true }).fill(entries.user);
  await dialog.getByLabel("Password", { exact: true }).fill(entries.password);
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
}

/** Trust on first use: the fingerprint must be the one that the node shows. */
export async function trust(page: Page, fingerprint: string): Promise<void> {
  const dialog = connectDialog(page);
  const go = dialog.getByRole("button", { name: "Trust and log in" });
  await expect(go).toBeDisabled();
  expect((await dialog.innerText()).replaceAll(/[^0-9A-F]/giu, "").toUpperCase()).toContain(
    fingerprint.replaceAll(":", "").toUpperCase(),
  );
  await dialog.getByLabel("I compared the fingerprint on the node, and it is the same").check();
  await go.click();
}

/** The last steps of a connection by password to a cluster of several nodes: neither those nor a token. */
export async function onlyThis(page: Page): Promise<void> {
  await connectDialog(page).getByRole("button", { name: "Not now" }).click();
  await keepPassword(page);
}

/** Declines the token that is offered in the place of a password; then the server is connected. */
export async function keepPassword(page: Page): Promise<void> {
  const dialog = connectDialog(page);
  await dialog.getByRole("button", { name: "Keep password" }).click();
  await expect(dialog).toBeHidden();
}

export async function goTo(page: Page, view: string): Promise<void> {
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: view }).click();
  await expect(page.getByRole("heading", { level: 1, name: view })).toBeVisible();
}

/** Finds a guest in the table of all guests by typing, and opens its page. */
export async function openGuest(page: Page, name: string): Promise<void> {
  await goTo(page, "Guests");
  await page.getByRole("textbox", { name: /^Filter by name/u }).fill(name);
  await page
    .getByRole("grid", { name: "Guests" })
    .getByRole("row")
    .filter({ has: page.getByText(name, { exact: true }) })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
}

/** From a guest's page: "Back up now" on a storage; ends on the job's page. */
export async function backUp(page: Page, storage: string): Promise<void> {
  await page.getByRole("button", { name: "Back up now" }).click();
  const dialog = page.getByRole("dialog");
  await chooseStorage(dialog, storage);
  await dialog.getByRole("button", { name: "Back up now" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Backup of/u })).toBeVisible();
}

export async function chooseStorage(dialog: Locator, storage: string): Promise<void> {
  await dialog.getByRole("radio", { name: new RegExp(`^${storage}\\b(?!-)`, "u") }).check();
}

/** The state beside a job's title. */
export function jobState(page: Page, state: string): Locator {
  const job = page.getByRole("main").getByRole("region", { name: /^(?:Backup of|Restore to) /u });
  return job.getByText(state, { exact: true }).first();
}

/** Writes down every percentage that any bar of the window shows from now on, in order, by the bar's name. */
export async function watchBars(page: Page): Promise<() => Promise<Readonly<Record<string, number[]>>>> {
  const seen = await page.evaluateHandle(() => {
    const bars: Record<string, number[]> = {};
    const look = (): void => {
      for (const bar of document.querySelectorAll("[role=progressbar][aria-valuenow]")) {
        // One bar of a name at a time: the strip and the page show the same job by bars of their own.
        const place = bar.closest("main") === null ? "strip" : "page";
        const name = `${place}: ${bar.getAttribute("aria-label") ?? ""}`;
        const value = Number(bar.getAttribute("aria-valuenow"));
        const values = (bars[name] ??= []);
        if (values.at(-1) !== value) values.push(value);
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["aria-valuenow"],
    });
    look();
    return bars;
  });
  return () => seen.jsonValue();
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

import { findLookProblems } from "./look.ts";

/** Kept for whoever wants to look: every page at every size in both themes. */
const screens = join(import.meta.dirname, "../artefacts/screens");
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1200 },
] as const;
const schemes = ["light", "dark"] as const;
type Size = (typeof sizes)[number];
type Scheme = (typeof schemes)[number];
const axeTags: string[] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export interface Inspector {
  /**
   * Judges what the window shows now: a picture at each size in each theme, the look at each size, axe and the look at 1280 in each theme. What it finds is
   * gathered, so that one run tells of all pages.
   */
  inspect(page: Page, name: string): Promise<void>;
  findings(): readonly string[];
}

export function createInspector(): Inspector {
  const findings: string[] = [];

  async function judge(page: Page, place: string, size: Size, scheme: Scheme): Promise<void> {
    // Places have no colour: the look is measured at each size, and in the dark at one of them.
    if (scheme === "light" || size.width === 1280) {
      const look = Object.entries(await findLookProblems(page));
      for (const [kind, texts] of look) {
        for (const text of texts as readonly string[]) findings.push(`${place}: ${kind}: ${text}`);
      }
    }
    if (size.width === 1280) {
      for (const problem of await findAxeProblems(page)) findings.push(`${place}: ${problem}`);
    }
  }

  return {
    findings: () => findings,
    async inspect(page, name) {
      mkdirSync(screens, { recursive: true });
      // A window behind another draws no frames.
      await page.bringToFront();
      const file = name.replaceAll(/\W+/gu, "-");
      for (const size of sizes) {
        await page.setViewportSize(size);
        for (const scheme of schemes) {
          await page.emulateMedia({ colorScheme: scheme });
          await expect(page.locator(`html[data-mantine-color-scheme=${scheme}]`)).toBeAttached();
          await settle(page);
          await page.screenshot({ path: join(screens, `${file}-${String(size.width)}-${scheme}.png`) });
          await judge(page, `${name} at ${String(size.width)}, ${scheme}`, size, scheme);
        }
      }
      await page.setViewportSize(sizes[0]);
      await page.emulateMedia({ colorScheme: "light" });
    },
  };
}

/** The whole of axe, in each theme. There are no frames to look into, hence the legacy mode. */
async function findAxeProblems(page: Page): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({
    resultTypes: ["violations"],
    runOnly: { type: "tag", values: axeTags },
  });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`),
  );
}

/** Transitions are over and two frames were drawn: what is measured is what stays. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    const finite = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(finite.map((animation) => animation.finished));
    await frame();
  });
}

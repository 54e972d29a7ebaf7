import { expect, test, type Page } from "@playwright/test";

import { findLookProblems, noProblems } from "./look.ts";

/** The look checks are only worth what they find: each sees the defect that is planted for it, and nothing in a sound page. */

async function show(page: Page, body: string): Promise<void> {
  await page.setViewportSize({ width: 600, height: 400 });
  await page.setContent(`<body style="margin: 0; font: 14px sans-serif">${body}</body>`);
}

test("a sound page has no problems", async ({ page }) => {
  await show(page, "<h1>Guests</h1><p>All is well here.</p>");
  expect(await findLookProblems(page)).toEqual(noProblems);
});

test("a box that is wider than the window is found", async ({ page }) => {
  await show(page, `<div style="width: 900px; background: teal">wide</div>`);
  expect((await findLookProblems(page)).horizontalScroll).toEqual(["the page itself"]);
});

test("an area that scrolls sideways is found, unless it says that it may", async ({ page }) => {
  const area = (more: string) =>
    `<div ${more} class="area" style="width: 200px; overflow-x: auto"><pre style="width: 500px">a log</pre></div>`;
  await show(page, area(""));
  expect((await findLookProblems(page)).horizontalScroll).toEqual(["area: a log"]);
  await show(page, area("data-scroll-x"));
  expect(await findLookProblems(page)).toEqual(noProblems);
});

test("clipped text is found, unless it is shortened with an ellipsis and whole on hover", async ({
  page,
}) => {
  const text = (style: string, more = "") =>
    `<div ${more} style="width: 80px; white-space: nowrap; overflow: hidden; ${style}">harbor-storage-node-1</div>`;
  await show(page, text(""));
  expect((await findLookProblems(page)).clippedText).toEqual(["harbor-storage-node-1"]);
  await show(page, text("text-overflow: ellipsis"));
  expect((await findLookProblems(page)).clippedText).toEqual(["harbor-storage-node-1"]);
  await show(page, text("text-overflow: ellipsis", `title="harbor-storage-node-1"`));
  expect(await findLookProblems(page)).toEqual(noProblems);
});

test("text that is cut off below is found", async ({ page }) => {
  await show(page, `<div style="width: 80px; height: 20px; overflow: hidden">two lines of text here</div>`);
  expect((await findLookProblems(page)).clippedText).toEqual(["two lines of text here"]);
});

test("text over text is found", async ({ page }) => {
  const line = (top: number, text: string) =>
    `<span style="position: absolute; left: 20px; top: ${String(top)}px">${text}</span>`;
  await show(page, line(20, "42 % done") + line(26, "3 min left"));
  expect((await findLookProblems(page)).overlappingText).toEqual(["42 % done ⟂ 3 min left"]);
  await show(page, line(20, "42 % done") + line(60, "3 min left"));
  expect(await findLookProblems(page)).toEqual(noProblems);
});

test("a character without a glyph and a broken one are found", async ({ page }) => {
  await show(page, "<p>fine</p><p>\u{10FFFD}</p><p>\uFFFD</p>");
  expect((await findLookProblems(page)).missingGlyphs).toEqual(["\u{10FFFD}", "\uFFFD"]);
});

test("an icon over the words of a field and a placeholder without room are found", async ({ page }) => {
  const field = (padding: number, width: number) =>
    `<div style="position: relative; width: ${String(width)}px">
      <input placeholder="Filter by name" style="box-sizing: border-box; width: 100%; padding: 4px 4px 4px ${String(padding)}px">
      <svg width="14" height="14" style="position: absolute; left: 8px; top: 6px; pointer-events: none"><rect width="14" height="14"/></svg>
    </div>`;
  await show(page, field(6, 200));
  expect((await findLookProblems(page)).overlappingText).toEqual(["Filter by name ⟂ [icon]"]);
  await show(page, field(30, 80));
  expect((await findLookProblems(page)).clippedText).toEqual(["Filter by name"]);
  await show(page, field(30, 200));
  expect(await findLookProblems(page)).toEqual(noProblems);
});

test("what lies under a dialog collides with nothing", async ({ page }) => {
  const dialog = `<div role="dialog" style="position: absolute; inset: 0; background: white">Restore</div>`;
  const guests = (text: string) => `<p style="position: absolute; left: 0; top: 0; margin: 0">${text}</p>`;
  await show(page, guests("Guests") + dialog);
  expect(await findLookProblems(page)).toEqual(noProblems);
  const half = dialog.replace("inset: 0", "inset: 0 0 0 120px");
  await show(page, guests("a line that ends under the dialog") + half);
  expect(await findLookProblems(page)).toEqual(noProblems);
});

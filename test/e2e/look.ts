import type { Page } from "@playwright/test";

/** What a machine can see of a page that looks broken. Each entry names the text it is about. */
export interface LookProblems {
  readonly horizontalScroll: readonly string[];
  readonly clippedText: readonly string[];
  readonly overlappingText: readonly string[];
  readonly missingGlyphs: readonly string[];
}

export const noProblems: LookProblems = {
  horizontalScroll: [],
  clippedText: [],
  overlappingText: [],
  missingGlyphs: [],
};

/**
 * Measures the page as it stands. Text that is shortened on purpose (ellipsis) must give its whole text on hover or focus (`title`,
 * `data-full` or `aria-label`); an area that may scroll sideways says so with `data-scroll-x`.
 */
export async function findLookProblems(page: Page): Promise<LookProblems> {
  await page.evaluate(() => document.fonts.ready);
  return page.evaluate(() => {
    interface TextBox {
      readonly text: string;
      readonly element: Element;
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    }

    const short = (text: string): string => text.trim().replaceAll(/\s+/gu, " ").slice(0, 60);

    function isShown(element: Element): boolean {
      return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
    }

    function ownText(element: Element): string {
      return [...element.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent)
        .join("")
        .trim();
    }

    function isReadOut(element: Element): boolean {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const hidden = style.clipPath === "inset(50%)" || style.clip === "rect(0px, 0px, 0px, 0px)";
      return hidden || (box.width <= 1 && box.height <= 1);
    }

    function givesFullText(element: Element): boolean {
      return element.closest("[title], [data-full], [aria-label]") !== null;
    }

    const shown = [...document.body.querySelectorAll("*")].filter(
      (element) => !["SCRIPT", "STYLE", "TITLE"].includes(element.tagName) && isShown(element),
    );

    const horizontalScroll: string[] = [];
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
      horizontalScroll.push("the page itself");
    }
    for (const element of shown) {
      const { overflowX } = getComputedStyle(element);
      const scrolls = overflowX === "auto" || overflowX === "scroll";
      if (
        scrolls &&
        element.scrollWidth > element.clientWidth + 1 &&
        element.closest("[data-scroll-x]") === null
      ) {
        horizontalScroll.push(
          `${(element.getAttribute("class") ?? "").slice(0, 40)}: ${short(element.textContent)}`,
        );
      }
    }

    const clippedText: string[] = [];
    for (const element of shown) {
      if (ownText(element) === "" || isReadOut(element)) continue;
      const style = getComputedStyle(element);
      if (style.display === "inline") continue;
      const cutX = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
      const cutY = style.overflowY === "hidden" && element.scrollHeight > element.clientHeight + 3;
      if (
        cutX &&
        style.overflowX === "hidden" &&
        !(style.textOverflow === "ellipsis" && givesFullText(element))
      ) {
        clippedText.push(short(element.textContent));
      }
      if (cutY && style.textOverflow !== "ellipsis") clippedText.push(short(element.textContent));
    }

    // Whatever lets clicks through is seen all the same.
    const hitEverything = new CSSStyleSheet();
    hitEverything.replaceSync("* { pointer-events: auto !important; }");
    document.adoptedStyleSheets.push(hitEverything);

    function covers(element: Element): boolean {
      const { backgroundColor, backgroundImage } = getComputedStyle(element);
      return backgroundImage !== "none" || !/^(?:transparent|.*[,/] ?0(?:\.\d+)?\))$/u.test(backgroundColor);
    }

    /** What is scrolled away, clipped or under a dialog is not seen, so it cannot collide. Other text alone hides nothing. */
    function isSeenAt(element: Element, x: number, y: number): boolean {
      const stack = document.elementsFromPoint(x, y);
      const at = stack.findIndex((hit) => hit === element || element.contains(hit));
      return at >= 0 && !stack.slice(0, at).some((above) => covers(above));
    }

    function boxOf(text: string, element: Element, rect: DOMRect): readonly TextBox[] {
      const { left, top, right, bottom } = rect;
      return isSeenAt(element, (left + right) / 2, (top + bottom) / 2)
        ? [{ text: short(text), element, left, top, right, bottom }]
        : [];
    }

    const pen = document.createElement("canvas").getContext("2d");
    function textWidth(text: string, element: Element): number {
      if (pen === null) return 0;
      const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
      pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      return pen.measureText(text).width;
    }

    /** The words in a field, as wide as they are written between its paddings. */
    function fieldBoxes(field: HTMLInputElement): readonly TextBox[] {
      const text = field.value === "" ? field.placeholder : field.value;
      if (text === "" || ["radio", "checkbox", "hidden", "password"].includes(field.type)) return [];
      const box = field.getBoundingClientRect();
      const { paddingLeft, paddingRight } = getComputedStyle(field);
      const left = box.left + Number.parseFloat(paddingLeft);
      const room = box.right - Number.parseFloat(paddingRight) - left;
      const width = textWidth(text, field);
      if (field.value === "" && width > room + 1) clippedText.push(short(text));
      return boxOf(text, field, new DOMRect(left, box.top, Math.min(width, room), box.height));
    }

    function visibleBoxes(element: Element): readonly TextBox[] {
      if (element instanceof HTMLInputElement) return fieldBoxes(element);
      if (element instanceof SVGSVGElement) return boxOf("[icon]", element, element.getBoundingClientRect());
      return [...element.childNodes].flatMap((node) => {
        if (node.nodeType !== Node.TEXT_NODE || (node.textContent ?? "").trim() === "") return [];
        const range = document.createRange();
        range.selectNodeContents(node);
        return [...range.getClientRects()].flatMap((rect) => boxOf(node.textContent ?? "", element, rect));
      });
    }

    const boxes = shown.filter((element) => !isReadOut(element)).flatMap((element) => visibleBoxes(element));
    const overlappingText: string[] = [];
    // Line boxes are taller than letters: only an overlap of more than a third of the smaller height is one that is seen.
    boxes.forEach((a, index) => {
      for (const b of boxes.slice(index + 1)) {
        if (a.element === b.element || a.element.contains(b.element) || b.element.contains(a.element))
          continue;
        if (a.text === "[icon]" && b.text === "[icon]") continue;
        const left = Math.max(a.left, b.left);
        const top = Math.max(a.top, b.top);
        const width = Math.min(a.right, b.right) - left;
        const height = Math.min(a.bottom, b.bottom) - top;
        const smaller = Math.min(a.bottom - a.top, b.bottom - b.top);
        if (width <= 2 || height <= smaller / 3) continue;
        // One of them may end under the edge of a dialog just there.
        const areSeen = [a, b].every((box) => isSeenAt(box.element, left + width / 2, top + height / 2));
        if (areSeen) overlappingText.push(`${a.text} ⟂ ${b.text}`);
      }
    });
    document.adoptedStyleSheets.pop();

    const canvas = document.createElement("canvas");
    canvas.width = 48;
    canvas.height = 32;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    function picture(character: string, font: string): string {
      if (context === null) return "";
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.font = `20px ${font}`;
      context.fillText(character, 4, 24);
      return context.getImageData(0, 0, canvas.width, canvas.height).data.join(",");
    }
    const missingGlyphs: string[] = [];
    const seen = new Set<string>();
    for (const element of shown) {
      const font = getComputedStyle(element).fontFamily;
      const tofu = picture("\u{10FFFE}", font);
      for (const character of ownText(element)) {
        const key = `${font} ${character}`;
        if (seen.has(key) || /[\s\p{Cf}]/u.test(character)) continue;
        seen.add(key);
        if (character === "\uFFFD" || picture(character, font) === tofu) missingGlyphs.push(character);
      }
    }

    return {
      horizontalScroll,
      clippedText: [...new Set(clippedText)],
      overlappingText: [...new Set(overlappingText)].slice(0, 20),
      missingGlyphs,
    };
  });
}

import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";

import { guestText } from "../../renderer/features/jobs/job-words.ts";
import { ErrorPanel, ServerWords } from "../../renderer/ui/error-panel.tsx";
import { displayText } from "../../shared/display-text.ts";
import { glanceOf, lookAlikeOf } from "../../shared/look-alike.ts";
import { guest, guestsIn } from "./lab.ts";

const shown = (text: string): string => renderToStaticMarkup(createElement(ServerWords, { text }));

describe("names and texts", () => {
  it.each([
    ["an override", "web\u202Egpj.exe", "web⟪U+202E⟫gpj.exe"],
    ["an isolate", "a\u2067b\u2069", "a⟪U+2067⟫b⟪U+2069⟫"],
    ["zero width", "we\u200Bb", "we⟪U+200B⟫b"],
    ["tag characters", "web\u{E0041}", "web⟪U+E0041⟫"],
    ["a soft hyphen", "we\u00ADb", "we⟪U+00AD⟫b"],
    ["a filler", "\u3164", "⟪U+3164⟫"],
  ])("45 %s in a name is made visible", (_what, name, text) => {
    expect(displayText(name)).toBe(text);
    expect(guestText({ vmid: 100, name })).toBe(`100 ${text}`);
  });

  it.each(["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "{{7*7}}", "javascript:alert(1)"])(
    "46 %s is text",
    (text) => {
      const html = shown(text);
      expect(html).not.toMatch(/<(?:img|script|a)\b/u);
      expect(html).toContain(text.replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
    },
  );

  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a link (OSC 8)", "\u001b]8;;https://evil\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["the clipboard (OSC 52)", "\u001b]52;c;ZXZpbA==\u0007x", "x"],
    ["a C1 sequence", "\u009b2Jgone", "gone"],
    ["an open sequence", "a\u001b[", "a"],
    ["a return that overwrites", "safe\revil", "safe\nevil"],
    ["backspaces", "evil\b\b\b\bgood", "evilgood"],
    ["a bell and a NUL", "a\u0007\0b", "ab"],
  ])("47 %s in a log line does nothing", (_what, line, text) => {
    expect(displayText(line)).toBe(text);
  });

  it("48 thousands of marks on one letter are few", () => {
    expect(Array.from(displayText(`a${"\u0301".repeat(5000)}b`)).length).toBeLessThanOrEqual(10);
    expect(Array.from(displayText("x".repeat(100_000))).length).toBe(4096);
  });

  it.each([
    ["no name", "", "100"],
    ["only spaces", "   ", "100"],
    ["another guest's id", "101", "100 101"],
    ["an emoji", "🚀", "100 🚀"],
    ["255 letters", "W".repeat(255), `100 ${"W".repeat(255)}`],
  ])("49 a guest with %s is known by its id", (_what, name, text) => {
    expect(guestText({ vmid: 100, name })).toBe(text);
  });

  it.each([
    ["wеb", "Cyrillic е"],
    ["we\u200Bb", "zero width"],
    ["ｗｅｂ", "full width"],
  ])("50 %j looks like web (%s) and is told apart before something hurts", (name) => {
    const others = [
      { vmid: 101, name: "dns" },
      { vmid: 102, name },
    ];
    expect(lookAlikeOf("web", others)?.vmid).toBe(102);
  });

  it("50 digits look like letters, case is seen, and the same name or none is no disguise", () => {
    expect(glanceOf("web-1")).toBe(glanceOf("web-l"));
    expect(glanceOf("I0")).toBe(glanceOf("lO"));
    expect(glanceOf("Ι")).toBe(glanceOf("l"));
    expect(glanceOf("Web")).not.toBe(glanceOf("web"));
    expect(glanceOf("web-1")).not.toBe(glanceOf("web-2"));
    expect(lookAlikeOf("web", [{ name: "web" }])).toBeNull();
    expect(lookAlikeOf("", [{ name: " " }])).toBeNull();
  });

  it("53 of five hundred tags a hundred are kept", async () => {
    const tags = Array.from({ length: 500 }, (_, n) => `t${String(n)}`).join(";");
    expect((await guestsIn([guest(100, { tags })])).guests[0]?.tags).toHaveLength(100);
  });

  it("95 what a server says is never a link, nor anything to press", () => {
    const server = "Run https://evil.example/fix.sh as root\n[click](https://evil.example)";
    const html = renderToStaticMarkup(
      createElement(ErrorPanel, { error: { code: "server.error", params: {}, server } }),
    );
    expect(html).toContain("https://evil.example/fix.sh");
    expect(html).not.toMatch(/<a\b|<button|href|onclick/iu);
  });
});

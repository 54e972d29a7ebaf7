import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import { describe, expect, test } from "vitest";

import { ageText, durationText, errorText, isMessageId, t } from "../../renderer/ui/text.ts";
import { errorCodes } from "../../shared/errors.ts";
import { en } from "../../shared/messages/en.ts";

describe("the catalogue", () => {
  test("holds only messages that compile", () => {
    const broken = Object.entries(en).filter(([, message]) => {
      try {
        return compileMessageOrThrow(message).length === 0;
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([]);
  });

  test("neither shouts nor says oops", () => {
    const loud = Object.entries(en).filter(([, message]) => /oops|!(?!\w)/iu.test(message));
    expect(loud).toEqual([]);
  });

  test("has a sentence for every error", () => {
    for (const code of errorCodes) expect(errorText({ code, params: {} }).length, code).toBeGreaterThan(10);
  });
});

test("values are filled in and plurals chosen", () => {
  expect(errorText({ code: "cluster.nameTaken", params: { name: "Berlin" } })).toBe(
    "A cluster named “Berlin” is registered already. Choose another name.",
  );
  expect([1, 3].map((count) => t("clusters.count", { count }))).toEqual(["1 server", "3 servers"]);
});

test("a name that looks like a placeholder is no placeholder", () => {
  expect(t("clusters.edit.title", { name: "{count, plural, other {#}} <b>x</b>" })).toBe(
    "Edit {count, plural, other {#}} <b>x</b>",
  );
});

test("only ids of the catalogue are ids", () => {
  expect([isMessageId("ui.close"), isMessageId("toString"), isMessageId("clusters.fact.secret")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("durations are said in two units", () => {
  expect([0, 12, 90, 11_520, 90_000].map((seconds) => durationText(seconds))).toEqual([
    "0 s",
    "12 s",
    "1 min 30 s",
    "3 h 12 min",
    "1 d 1 h",
  ]);
  expect(durationText(-1)).toBeNull();
});

test("ages are said in one unit, and a second's difference between two clocks is no future", () => {
  const now = 1_800_000_000_000;
  const ages = [now, now + 900, now - 12_000, now - 3_700_000, now + 300_000].map((time) =>
    ageText(time, now),
  );
  expect(ages).toEqual(["now", "now", "12 s ago", "1 h ago", "in 5 min"]);
});

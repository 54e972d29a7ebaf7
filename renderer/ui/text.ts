import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";

import { durationParts } from "../../shared/format.ts";
import { en, type MessageId } from "../../shared/messages/en.ts";

import type { DurationUnit } from "../../shared/format.ts";
import type { ErrorData } from "../../shared/errors.ts";

export type { MessageId };
export type MessageValues = Readonly<Record<string, string | number | boolean | null>>;

// One catalogue for the whole window: texts are asked for in render functions, comparators and labels alike.
const i18n = setupI18n();
i18n.setMessagesCompiler(compileMessage);
i18n.load({ en });
i18n.activate("en");

/** The sentence of the catalogue, in the user's language, with its values filled in. */
export function t(id: MessageId, values: MessageValues = {}): string {
  return i18n._(id, values);
}

export function isMessageId(id: string): id is MessageId {
  return Object.hasOwn(en, id);
}

/** The language that numbers are written in. */
export function locale(): string {
  return i18n.locale;
}

/** What happened, what it means for the data, and the next step. */
export function errorText(error: Pick<ErrorData, "code" | "params">): string {
  return t(`error.${error.code}`, error.params);
}

const unitMessages = {
  second: "ui.duration.second",
  minute: "ui.duration.minute",
  hour: "ui.duration.hour",
  day: "ui.duration.day",
} as const satisfies Record<DurationUnit, MessageId>;

/** Seconds as "3 h 12 min"; null is said as unknown by the caller. */
export function durationText(seconds: number): string | null {
  const parts = durationParts(seconds);
  if (parts === null) return null;
  const big = t(unitMessages[parts.unit], { value: parts.value });
  return parts.rest === null
    ? big
    : `${big} ${t(unitMessages[parts.rest.unit], { value: parts.rest.value })}`;
}

/** How long ago a moment was: "12 s ago", "now", "in 5 min". Only the biggest unit: it ticks. */
export function ageText(time: number, now: number): string {
  const seconds = Math.floor((now - time) / 1000);
  const parts = durationParts(Math.abs(seconds));
  if (parts === null) return t("ui.unknown");
  // A second of difference between two clocks is no future.
  if (Math.abs(seconds) < 2) return t("ui.age.now");
  const value = t(unitMessages[parts.unit], { value: parts.value });
  return seconds > 0 ? t("ui.age.ago", { value }) : t("ui.age.ahead", { value });
}

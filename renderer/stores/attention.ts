import { joinAttention } from "../../shared/attention.ts";

import type { Attention } from "../../shared/attention.ts";
import type { Api } from "../api.ts";

/** Without any input for so long nobody is taken to look, whatever is on the screen. */
const idleAfter = 5 * 60_000;
/** A change of view takes one claim away and makes another: told as one. */
const settle = 50;
/** Where the app was too busy to take it. */
const retryAfter = 3000;

export type Claim = Omit<Attention, "active">;

/** Tells the main process what this window shows, so that it asks servers often only for that. */
export interface AttentionStore {
  /** Returns the undo. */
  claim(what: Claim): () => void;
  stop(): void;
}

/** What a person does that shows that somebody is there. */
const signs = ["pointermove", "pointerdown", "keydown", "wheel", "focus"] as const;

export function createAttentionStore(api: Api): AttentionStore {
  const claims = new Set<Claim>();
  const life = new AbortController();
  let held: { readonly text: string; readonly call: AbortController } | null = null;
  let lastSign = Date.now();
  let active = false;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let later: ReturnType<typeof setTimeout> | undefined;

  const isActive = (): boolean => document.visibilityState === "visible" && Date.now() - lastSign < idleAfter;

  const tell = (): void => {
    active = isActive();
    const what = joinAttention([...claims], active);
    const text = JSON.stringify(what);
    if (held?.text === text) return;
    const call = new AbortController();
    const before = held;
    held = { text, call };
    api.call("app.attend", what, call.signal).catch(() => {
      // Given up for a newer one, or the app is away: then the connection's return, or a moment later, tells it again.
      if (call.signal.aborted || held?.call !== call) return;
      held = null;
      later = setTimeout(tell, retryAfter);
    });
    // The new one stands before the old one goes: nothing is unseen in between.
    before?.call.abort();
  };

  const tellSoon = (): void => {
    clearTimeout(soon);
    soon = setTimeout(tell, settle);
  };

  const checkIdle = setInterval(() => {
    if (active !== isActive()) tell();
  }, idleAfter / 10);
  const noteSign = (): void => {
    lastSign = Date.now();
    if (!active) tellSoon();
  };
  const noteView = (): void => {
    lastSign = Date.now();
    tellSoon();
  };
  const listening = { signal: life.signal, capture: true, passive: true };
  for (const sign of signs) window.addEventListener(sign, noteSign, listening);
  document.addEventListener("visibilitychange", noteView, listening);
  const offConnection = api.connection.onChange((state) => {
    if (state !== "open") return;
    held = null;
    tellSoon();
  });
  tellSoon();

  return {
    claim(what) {
      claims.add(what);
      tellSoon();
      return () => {
        claims.delete(what);
        tellSoon();
      };
    },
    stop() {
      life.abort();
      offConnection();
      clearInterval(checkIdle);
      clearTimeout(soon);
      clearTimeout(later);
      held?.call.abort();
    },
  };
}

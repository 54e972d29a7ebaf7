import { useCallback, useEffect, useRef, useState } from "react";

import { asAppError, useApi } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { credentialOf, inBrowser, refusalAtFields, type ConnectValues } from "./connect-form.ts";
import { proxyInput } from "./proxy-form.ts";
import { useSteps } from "./use-steps.ts";

import type { StepView } from "./step-list.ts";

import type { Cluster, SecondFactorKind, Trust } from "../../../shared/cluster.ts";
import type { AppError } from "../../../shared/errors.ts";
import type { Input, Output } from "../../../shared/operations.ts";

export type ConnectPhase =
  | { readonly kind: "form"; readonly refusal: AppError | null }
  /** Where secrets are kept has to be decided, or the vault opened, before one can be remembered. */
  | { readonly kind: "vault"; readonly locked: boolean }
  | { readonly kind: "running" }
  | { readonly kind: "trust"; readonly probe: Output<"clusters.probe"> }
  | {
      readonly kind: "secondFactor";
      readonly challenge: string;
      readonly kinds: readonly SecondFactorKind[];
      readonly pending: boolean;
      readonly error: AppError | null;
    }
  | { readonly kind: "failed"; readonly error: AppError };

export interface Connect {
  readonly phase: ConnectPhase;
  readonly steps: readonly StepView[];
  begin(values: ConnectValues): void;
  /** The vault was decided or opened. */
  goOn(): void;
  trust(): void;
  answer(kind: SecondFactorKind, code: string): void;
  back(): void;
}

type SecondFactorAnswer = Input<"clusters.register">["secondFactor"];

/** The way of a registration: form → (vault) → probe → (trust) → log in → (second factor) → saved. */
export function useConnect(onDone: (cluster: Cluster) => void): Connect {
  const api = useApi();
  const { vault } = useStores();
  const [attempt] = useState(() => crypto.randomUUID());
  const { steps, reset } = useSteps(attempt);
  const [phase, setPhase] = useState<ConnectPhase>({ kind: "form", refusal: null });
  const asked = useRef<{ values: ConnectValues; trust: Trust | null } | null>(null);
  const running = useRef<AbortController | null>(null);

  useEffect(() => () => running.current?.abort(), []);

  const attend = useCallback(
    async (
      work: (signal: AbortSignal) => Promise<ConnectPhase | null>,
      onError?: (error: AppError) => ConnectPhase,
    ) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      try {
        const next = await work(controller.signal);
        if (!controller.signal.aborted && next !== null) setPhase(next);
      } catch (caught) {
        const error = asAppError(caught);
        if (!controller.signal.aborted) setPhase(onError?.(error) ?? phaseOfRefusal(error));
      }
    },
    [],
  );

  const register = useCallback(
    (secondFactor?: SecondFactorAnswer) =>
      async (signal: AbortSignal): Promise<ConnectPhase | null> => {
        const request = asked.current;
        if (request === null || request.trust === null) return null;
        const { values, trust } = request;
        const answer = await api.call(
          "clusters.register",
          {
            attempt,
            name: values.name.trim(),
            address: values.address.trim(),
            trust,
            proxy: proxyInput(values.proxy),
            credential: credentialOf(values),
            remember: values.remember,
            ...(secondFactor === undefined ? {} : { secondFactor }),
          },
          signal,
        );
        if (answer.outcome === "registered") {
          onDone(answer.cluster);
          return null;
        }
        return {
          kind: "secondFactor",
          challenge: answer.challenge,
          kinds: answer.kinds,
          pending: false,
          error: null,
        };
      },
    [api, attempt, onDone],
  );

  const probe = useCallback(
    async (signal: AbortSignal): Promise<ConnectPhase | null> => {
      const request = asked.current;
      if (request === null) return null;
      const found = await api.call(
        "clusters.probe",
        {
          attempt,
          address: request.values.address.trim(),
          proxy: proxyInput(request.values.proxy),
        },
        signal,
      );
      if (!found.trustedBySystem) return { kind: "trust", probe: found };
      asked.current = { values: request.values, trust: { kind: "system" } };
      return register()(signal);
    },
    [api, attempt, register],
  );

  const run = useCallback(
    (work: (signal: AbortSignal) => Promise<ConnectPhase | null>) => {
      setPhase({ kind: "running" });
      void attend(work);
    },
    [attend],
  );

  return {
    phase,
    steps,
    begin(values) {
      reset();
      const state = vault.store.getState().status?.state;
      // Where nothing is kept, there is nothing to remember.
      const remember =
        values.remember && inBrowser(values) === null && state !== "memory" && state !== "unavailable";
      asked.current = { values: { ...values, remember }, trust: null };
      if (remember && (state === "undecided" || state === "locked")) {
        setPhase({ kind: "vault", locked: state === "locked" });
      } else run(probe);
    },
    goOn: () => run(probe),
    trust() {
      if (phase.kind !== "trust" || asked.current === null) return;
      const { fingerprint } = phase.probe.certificate;
      asked.current = { values: asked.current.values, trust: { kind: "pinned", fingerprint } };
      run(register());
    },
    answer(kind, code) {
      if (phase.kind !== "secondFactor") return;
      const before = phase;
      setPhase({ ...before, pending: true, error: null });
      void attend(register({ challenge: before.challenge, kind, secret: code }), (error) =>
        // Only a wrong code can be answered again: the login behind it still waits.
        error.code === "server.secondFactorWrong"
          ? { ...before, pending: false, error }
          : phaseOfRefusal(error),
      );
    },
    back() {
      running.current?.abort();
      reset();
      setPhase({ kind: "form", refusal: null });
    },
  };
}

function phaseOfRefusal(error: AppError): ConnectPhase {
  if (error.code === "vault.locked") return { kind: "vault", locked: true };
  if (error.code === "vault.missing") return { kind: "vault", locked: false };
  const atField = Object.keys(refusalAtFields(error).at).length > 0;
  return atField ? { kind: "form", refusal: error } : { kind: "failed", error };
}

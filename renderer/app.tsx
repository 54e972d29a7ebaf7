import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Router } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { ApiProvider, asAppError, type Api } from "./api.ts";
import { HostEvents } from "./features/shell/host-events.tsx";
import { Shell } from "./features/shell/shell.tsx";
import { SignedOut } from "./features/shell/signed-out.tsx";
import { createStores, StoresProvider, useSettings, type Stores } from "./stores/stores.ts";
import { cssVariablesResolver, theme } from "./theme/theme.ts";
import { FailedState } from "./ui/empty-state.tsx";
import { t } from "./ui/text.ts";

import type { AppError } from "../shared/errors.ts";
import type { ReactNode } from "react";
import type { Settings } from "../shared/settings.ts";

type Boot =
  | { readonly phase: "asking" }
  | { readonly phase: "signedOut" }
  | { readonly phase: "failed"; readonly error: AppError }
  | { readonly phase: "ready"; readonly stores: Stores; readonly queries: QueryClient };

/** The window: asks for the settings first, so that it never appears in the wrong theme. */
export function App({ api }: { readonly api: Api }) {
  const boot = useBoot(api);
  switch (boot.phase) {
    case "asking":
      return null;
    case "signedOut":
      return (
        <Themed scheme="system" density="compact">
          <SignedOut />
        </Themed>
      );
    case "failed":
      return (
        <Themed scheme="system" density="compact">
          <FailedState error={boot.error} onRetry={() => location.reload()} />
        </Themed>
      );
    case "ready":
      return (
        <ApiProvider value={api}>
          <StoresProvider value={boot.stores}>
            <QueryClientProvider client={boot.queries}>
              <ThemedBySettings>
                {/* oxlint-disable-next-line react/hooks -- wouter takes the place's hook as a value, and never changes it */}
                <Router hook={useHashLocation}>
                  <Notices />
                  <HostEvents />
                  <Shell />
                </Router>
              </ThemedBySettings>
            </QueryClientProvider>
          </StoresProvider>
        </ApiProvider>
      );
    default:
      return boot satisfies never;
  }
}

/** Inside the window's own landmarks, so that those who do not see it can find the notices. */
function Notices() {
  return (
    <section aria-label={t("shell.notifications")}>
      <Notifications position="bottom-right" limit={4} zIndex={400} withinPortal={false} role="status" />
    </section>
  );
}

function useBoot(api: Api): Boot {
  const [boot, setBoot] = useState<Boot>({ phase: "asking" });
  useEffect(() => {
    const life = new AbortController();
    let stores: Stores | null = null;
    const off = api.connection.onChange((state) => {
      if (state === "signedOut" && stores === null) setBoot({ phase: "signedOut" });
    });
    const start = (settings: Settings) => {
      stores = createStores(api, settings);
      setBoot({ phase: "ready", stores, queries: createQueries() });
    };
    api.call("settings.get", undefined, life.signal).then(start, (error: unknown) => {
      if (life.signal.aborted) return;
      const failure = asAppError(error);
      setBoot(
        api.connection.state() === "signedOut" ? { phase: "signedOut" } : { phase: "failed", error: failure },
      );
    });
    return () => {
      life.abort();
      off();
      if (stores !== null) stopAll(stores);
    };
  }, [api]);
  return boot;
}

function stopAll(stores: Stores): void {
  for (const store of Object.values(stores)) (store as { stop(): void }).stop();
}

/** Windowed reads: the store in the main process retries what may be retried, so this one does not. */
function createQueries(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } } });
}

function ThemedBySettings({ children }: { readonly children: ReactNode }) {
  const scheme = useSettings((settings) => settings.theme);
  const density = useSettings((settings) => settings.density);
  return (
    <Themed scheme={scheme} density={density}>
      {children}
    </Themed>
  );
}

function Themed({
  scheme,
  density,
  children,
}: {
  readonly scheme: Settings["theme"];
  readonly density: Settings["density"];
  readonly children: ReactNode;
}) {
  const dark = useSystemDark();
  const resolved = scheme === "system" ? (dark ? "dark" : "light") : scheme;
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} forceColorScheme={resolved}>
      {children}
    </MantineProvider>
  );
}

const darkQuery = "(prefers-color-scheme: dark)";

function useSystemDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia(darkQuery).matches);
  useEffect(() => {
    const query = matchMedia(darkQuery);
    const onChange = () => setDark(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  return dark;
}

import type { Output } from "../../shared/operations.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "vault.status" | "vault.choose" | "vault.unlock" | "vault.lock">;

/** Guessing a passphrase through the window is slowed to this, however many windows ask. */
export const unlockPauseMs = 1000;

export function vaultOperations(
  deps: Pick<Deps, "vault" | "host" | "settings" | "hub" | "audit" | "clusters" | "sleep">,
): Area {
  const { vault, host, settings, hub, audit, clusters } = deps;
  let unlocking: Promise<unknown> = Promise.resolve();

  /** Tells the windows, and lets clusters try again that had no credential. */
  function changed(): Output<"vault.choose"> {
    hub.emit("settings.changed", settings.setSecrets(vault.mode));
    hub.emit("vault.changed", { state: vault.state });
    clusters.credentialsChanged();
    return { state: vault.state };
  }

  async function unlock(passphrase: string, signal: AbortSignal): Promise<Output<"vault.unlock">> {
    try {
      await vault.unlock(passphrase);
    } catch (error) {
      await deps.sleep(unlockPauseMs, signal);
      throw error;
    }
    return changed();
  }

  return {
    "vault.status": () =>
      Promise.resolve({
        state: vault.state,
        systemAvailable: host.secrets !== null,
        systemBackend: host.secrets?.backend ?? null,
      }),
    "vault.choose": async (choice) => {
      await vault.choose(choice);
      await audit.append("vault.chosen", { kind: choice.kind });
      return changed();
    },
    "vault.unlock": ({ secret }, { signal }) => {
      const run = unlocking.then(() => unlock(secret, signal));
      unlocking = run.catch(() => undefined);
      return run;
    },
    "vault.lock": () => {
      vault.lock();
      return Promise.resolve(changed());
    },
  };
}

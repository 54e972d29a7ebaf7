import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "settings.get" | "settings.set">;

export function settingsOperations({ settings, hub }: Pick<Deps, "settings" | "hub">): Area {
  return {
    "settings.get": () => Promise.resolve(settings.get()),
    "settings.set": (patch) => {
      const next = settings.set(patch);
      hub.emit("settings.changed", next);
      return Promise.resolve(next);
    },
  };
}

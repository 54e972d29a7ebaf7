import { registerHooks } from "node:module";

/** `node --import test/fakes/hook.ts`: whoever imports `electron` gets the stand-in. */
registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "electron") return next(specifier, context);
    return { url: new URL("./electron.ts", import.meta.url).href, shortCircuit: true };
  },
});

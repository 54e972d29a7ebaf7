import { useStore } from "zustand";

import { useClusters, useStores } from "../../stores/stores.ts";
import { VaultUnlock } from "../vault/vault-unlock.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Palette } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import { Routes } from "./routes.tsx";
import classes from "./shell.module.css";
import { StoreBanner } from "./store-banner.tsx";
import { Strip } from "./strip.tsx";
import { TopBar } from "./top-bar.tsx";
import { useState } from "react";

/** Rail, top bar, the view, and the strip of running jobs: the same frame around everything. */
export function Shell() {
  const { vault } = useStores();
  const locked = useStore(vault.store, (view) => view.status?.state === "locked");
  const anyCluster = useClusters((set) => set.items.length > 0);
  const [later, setLater] = useState(false);
  const ask = locked && anyCluster && !later;
  return (
    <div className={classes.shell}>
      <Rail />
      <TopBar />
      <main className={classes.main}>
        <ConnectionBanner />
        <StoreBanner />
        <div className={classes.view}>
          {ask ? <VaultUnlock onLater={() => setLater(true)} /> : <Routes />}
        </div>
      </main>
      <Strip />
      <Palette />
    </div>
  );
}

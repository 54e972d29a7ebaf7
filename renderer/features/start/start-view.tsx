import { Button } from "@mantine/core";
import { useLocation } from "wouter";

import { t } from "../../ui/text.ts";
import { ConnectDialog } from "../clusters/connect-dialog.tsx";
import { Logo } from "../shell/logo.tsx";
import { DemoButton } from "./demo-button.tsx";
import classes from "./start.module.css";

/** The first start: connect a cluster, or look around in the demo. */
export function StartView({
  connecting,
  onConnecting,
}: {
  readonly connecting: boolean;
  readonly onConnecting: (connecting: boolean) => void;
}) {
  const [, navigate] = useLocation();
  return (
    <div className={classes.start}>
      <div className={classes.column}>
        <Logo size={36} />
        <h1 className={classes.title}>{t("start.title")}</h1>
        <p className={classes.lead}>{t("start.text")}</p>
        <div className={classes.offers}>
          <section className={classes.offer} aria-labelledby="start-connect">
            <h2 id="start-connect" className={classes.offerTitle}>
              {t("start.connect.title")}
            </h2>
            <p className={classes.offerText}>{t("start.connect.text")}</p>
            <Button variant="filled" onClick={() => onConnecting(true)}>
              {t("clusters.connect")}
            </Button>
          </section>
          <section className={classes.offer} aria-labelledby="start-demo">
            <h2 id="start-demo" className={classes.offerTitle}>
              {t("start.demo.title")}
            </h2>
            <p className={classes.offerText}>{t("start.demo.text")}</p>
            <DemoButton />
          </section>
        </div>
        <p className={classes.promise}>{t("start.promise")}</p>
      </div>
      <ConnectDialog
        opened={connecting}
        onClose={() => onConnecting(false)}
        onDone={(cluster) => {
          onConnecting(false);
          navigate(`/servers/${cluster.id}`);
        }}
      />
    </div>
  );
}

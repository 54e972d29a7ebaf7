import { t } from "../../ui/text.ts";
import { Logo } from "./logo.tsx";
import classes from "./shell.module.css";

/** The loopback host's address was used already, or its session has ended. */
export function SignedOut() {
  return (
    <main className={classes.alone}>
      <Logo size={32} />
      <h1 style={{ fontSize: 18, lineHeight: "24px", fontWeight: 600 }}>{t("shell.signedOut.title")}</h1>
      <p style={{ maxWidth: 420, color: "var(--dim)" }}>{t("shell.signedOut.text")}</p>
    </main>
  );
}

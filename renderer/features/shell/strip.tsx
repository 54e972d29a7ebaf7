import { useOpenJobs } from "../../stores/stores.ts";
import { t } from "../../ui/text.ts";
import { StripJobs } from "../jobs/strip-jobs.tsx";
import classes from "./shell.module.css";

/** The running jobs at the foot of every view. */
export function Strip() {
  const any = useOpenJobs().length > 0;
  return (
    <section className={classes.strip} aria-label={t("shell.strip")}>
      {any ? <StripJobs /> : <span className={classes.idle}>{t("shell.strip.idle")}</span>}
    </section>
  );
}

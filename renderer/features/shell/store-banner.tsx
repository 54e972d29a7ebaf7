import { CloseButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { DatabaseZap, Lock } from "lucide-react";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { useApi } from "../../api.ts";
import { t } from "../../ui/text.ts";
import classes from "./shell.module.css";

/** Says that nothing can be written, or that a damaged file was found at this start: both are known from the first moment on. */
export function StoreBanner() {
  const api = useApi();
  const [seen, setSeen] = useState(false);
  const { data } = useQuery({
    queryKey: ["app.info"],
    queryFn: ({ signal }) => api.call("app.info", undefined, signal),
    staleTime: Infinity,
  });
  if (data === undefined) return null;
  if (data.readOnly) {
    return (
      <div className={classes.banner} role="alert">
        <Lock size={16} aria-hidden />
        <span>{t("error.store.readOnly")}</span>
      </div>
    );
  }
  if (seen || data.recovered.length === 0) return null;
  return (
    <div className={classes.banner} role="alert">
      <DatabaseZap size={16} aria-hidden />
      <div>
        {data.recovered.map((found) => (
          <p key={found.file}>
            {t("shell.recovered", {
              file: found.file,
              rows: found.rows,
              refused: found.refused,
              setAside: displayText(found.setAside),
            })}
          </p>
        ))}
      </div>
      <CloseButton
        aria-label={t("ui.close")}
        onClick={() => setSeen(true)}
        style={{ marginInlineStart: "auto" }}
      />
    </div>
  );
}

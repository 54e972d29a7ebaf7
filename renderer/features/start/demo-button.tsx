import { Button } from "@mantine/core";
import { useEffect } from "react";

import { useOperation } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";

/** Starts the demo cluster and registers it. The list hears of it by itself. */
export function DemoButton({
  onOpened,
  onError,
}: {
  readonly onOpened?: () => void;
  readonly onError?: (failed: boolean) => void;
}) {
  const demo = useOperation("demo.open");
  const failed = demo.error !== null;
  useEffect(() => onError?.(failed), [failed, onError]);
  return (
    <>
      <Button
        loading={demo.pending}
        onClick={() => void demo.run(undefined).then((cluster) => cluster !== null && onOpened?.())}
      >
        {t("start.demo.action")}
      </Button>
      {demo.error === null ? null : <ErrorPanel error={demo.error} />}
    </>
  );
}

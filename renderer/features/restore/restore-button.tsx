import { Button } from "@mantine/core";
import { RotateCcw } from "lucide-react";
import { useState } from "react";

import { t } from "../../ui/text.ts";
import { RestoreDialog, type BackupRef } from "./restore-dialog.tsx";

export interface RestoreButtonProps {
  readonly backup: BackupRef;
  /** The one filled button of its view. */
  readonly primary?: boolean;
}

export function RestoreButton({ backup, primary = false }: RestoreButtonProps) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        {...(primary ? { variant: "filled" } : {})}
        leftSection={<RotateCcw size={14} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t("backups.restore")}
      </Button>
      {opened ? <RestoreDialog backup={backup} onClose={() => setOpened(false)} /> : null}
    </>
  );
}

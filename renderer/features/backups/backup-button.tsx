import { Button, Tooltip } from "@mantine/core";
import { Archive } from "lucide-react";
import { useState } from "react";

import { t } from "../../ui/text.ts";
import { BackupDialog } from "./backup-dialog.tsx";

import type { Guest } from "../../../shared/guest.ts";

export interface BackupButtonProps {
  readonly guest: Guest;
  /** Why it is not possible now; null = it is. */
  readonly problem: string | null;
}

export function BackupButton({ guest, problem }: BackupButtonProps) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Tooltip label={problem} disabled={problem === null}>
        <Button
          variant="filled"
          leftSection={<Archive size={14} aria-hidden />}
          // Not `disabled`: the reason must be reachable by keyboard.
          {...(problem === null ? {} : { "data-disabled": true, "aria-disabled": true })}
          onClick={() => {
            if (problem === null) setOpened(true);
          }}
        >
          {t("guests.action.backup")}
        </Button>
      </Tooltip>
      {opened ? <BackupDialog guest={guest} onClose={() => setOpened(false)} /> : null}
    </>
  );
}

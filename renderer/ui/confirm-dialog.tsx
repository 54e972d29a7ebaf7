import { Button, Group, Modal, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";

import { ErrorPanel } from "./error-panel.tsx";
import { Facts, type Fact } from "./facts.tsx";
import { t } from "./text.ts";

import type { AppError } from "../../shared/errors.ts";

export interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen and what it means for the data. */
  readonly children: ReactNode;
  /** What it will happen to, as the main process sees it now. Empty while that is being asked. */
  readonly facts: readonly Fact[];
  /** The verb of the thing that will happen: "Stop guest". */
  readonly action: string;
  readonly danger?: boolean;
  /** Has to be typed before the button works. */
  readonly typed?: { readonly label: string; readonly expected: string };
  /** Nothing can be confirmed before the facts are there. */
  readonly ready: boolean;
  readonly pending: boolean;
  readonly error: AppError | null;
  readonly onConfirm: () => void;
}

/** A question before something that hurts. The button that changes nothing has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const close = () => {
    setTyped("");
    props.onClose();
  };
  const matches = props.typed === undefined || typed.trim() === props.typed.expected;
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      title={props.title}
      size={480}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      <div style={{ display: "flex", flexDirection: "column", gap: 12 }}>
        <div>{props.children}</div>
        {props.facts.length === 0 ? null : <Facts facts={props.facts} />}
        {props.typed === undefined ? null : (
          <TextInput
            label={props.typed.label}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        {props.error === null ? null : <ErrorPanel error={props.error} />}
        <Group justify="flex-end" gap={8} mt={4}>
          <Button onClick={close} data-autofocus>
            {t("ui.cancel")}
          </Button>
          <Button
            variant="filled"
            {...(props.danger === true ? { color: "bad" } : {})}
            disabled={!props.ready || !matches}
            loading={props.pending}
            onClick={props.onConfirm}
          >
            {props.action}
          </Button>
        </Group>
      </div>
    </Modal>
  );
}

import { Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useState } from "react";

import { useOperation } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";
import { useForgetSnapshots, type GroupPlace } from "./use-snapshots.ts";

/** The whole notes of a snapshot, or (time null) of its group. */
export function NotesDialog({
  place,
  notes,
  onClose,
}: {
  readonly place: GroupPlace & { readonly time: number | null };
  readonly notes: string;
  readonly onClose: () => void;
}) {
  useFocusBack();
  const [text, setText] = useState(notes);
  const save = useOperation("datastores.setNotes");
  const forget = useForgetSnapshots(place);
  const submit = async () => {
    const done = await save.run({ ...place, notes: text });
    forget();
    if (done !== null) onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("snapshots.editNotes")}
      size={520}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap={12}>
          <Textarea
            label={t("snapshots.column.notes")}
            description={t("snapshots.notes.hint")}
            value={text}
            maxLength={65_536}
            minRows={6}
            autosize
            maxRows={16}
            data-autofocus
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {save.error === null ? null : <ErrorPanel error={save.error} />}
          <Group gap={8} justify="flex-end">
            <Button onClick={onClose}>{t("ui.cancel")}</Button>
            <Button type="submit" variant="filled" loading={save.pending} disabled={text === notes}>
              {t("snapshots.saveNotes")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

import { Modal } from "@mantine/core";

import { displayText } from "../../../shared/display-text.ts";
import { t } from "../../ui/text.ts";
import { TokenForm } from "./token-form.tsx";

import type { Cluster } from "../../../shared/cluster.ts";

/** From the password of a registered server to a token. */
export function TokenDialog({
  cluster,
  onClose,
}: {
  /** null = closed. */
  readonly cluster: Cluster | null;
  readonly onClose: () => void;
}) {
  return (
    <Modal
      opened={cluster !== null}
      onClose={onClose}
      title={cluster === null ? "" : t("token.title", { name: displayText(cluster.name, 80) })}
      size={560}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {cluster === null ? null : (
        <TokenForm cluster={cluster} later={t("ui.cancel")} onLater={onClose} onMade={onClose} />
      )}
    </Modal>
  );
}

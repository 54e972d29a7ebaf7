import { notifications } from "@mantine/notifications";
import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";

import { useApi, useEvent } from "../../api.ts";
import { errorText, t } from "../../ui/text.ts";
import { saveStream } from "./save-stream.ts";

const icons = {
  good: <CircleCheck size={16} color="var(--good)" aria-hidden />,
  attention: <TriangleAlert size={16} color="var(--attention)" aria-hidden />,
  bad: <CircleX size={16} color="var(--bad)" aria-hidden />,
} as const;

/** What the app asks of its window: notices, and in the loopback host links and files. */
export function HostEvents() {
  const api = useApi();
  useEvent("host.notify", null, (notice) => {
    notifications.show({
      title: notice.title,
      message: notice.body,
      icon: icons[notice.severity],
      color: "transparent",
      closeButtonProps: { "aria-label": t("ui.close") },
    });
  });
  useEvent("app.problem", null, (error) => {
    notifications.show({
      message: errorText(error),
      icon: icons.bad,
      color: "transparent",
      closeButtonProps: { "aria-label": t("ui.close") },
    });
  });
  // The main process names only pages of registered servers and of the provider that one has named; nothing but https is opened.
  useEvent("host.openLink", null, ({ url }) => {
    if (url.startsWith("https://")) window.open(url, "_blank", "noopener,noreferrer");
  });
  useEvent("host.save", null, (file) => saveStream(api.bridge, file));
  return null;
}

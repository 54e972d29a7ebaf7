import { useEffect, useState } from "react";

/**
 * Gives the focus back to what had it before this came up, as long as that is still there. For dialogs that exist only while they are
 * open: Mantine's own way needs one that stays.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    [before],
  );
}

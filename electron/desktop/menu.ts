import type { Menu } from "electron";

/**
 * Roles only: no reload, no developer tools, nothing that loads an address. Outside macOS there is no menu bar at all; editing
 * shortcuts work without one there.
 */
export function setMenu(
  menu: Pick<typeof Menu, "buildFromTemplate" | "setApplicationMenu">,
  platform: NodeJS.Platform,
): void {
  const bar =
    platform === "darwin"
      ? menu.buildFromTemplate([{ role: "appMenu" }, { role: "editMenu" }, { role: "windowMenu" }])
      : null;
  menu.setApplicationMenu(bar);
}

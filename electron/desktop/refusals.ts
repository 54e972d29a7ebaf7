import type { App, Session } from "electron";

import { isOwnUrl } from "./scheme.ts";

/** Everything that a page could ask of Chromium and that this app never needs is refused here, for the session as a whole. */
export function refuseInSession(session: Session): void {
  // Without these two Electron grants what is asked.
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback(null));
  session.setSpellCheckerEnabled(false);
  session.on("will-download", (event) => event.preventDefault());
  // Own files only: whatever a library tries to reach, no request leaves the window.
  session.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !isOwnUrl(details.url) }));
}

/** … and for every page, whoever makes it: no navigation, no further window, no webview. To be called before the first window. */
export function refuseInPages(app: App): void {
  app.on("web-contents-created", (_event, contents) => {
    // Always deny and do nothing else: a frame may get here without any gesture of the user.
    contents.setWindowOpenHandler(() => ({ action: "deny" }));
    contents.on("will-navigate", (event) => event.preventDefault());
    contents.on("will-redirect", (event) => event.preventDefault());
    contents.on("will-frame-navigate", (event) => event.preventDefault());
    contents.on("will-attach-webview", (event) => event.preventDefault());
  });
}

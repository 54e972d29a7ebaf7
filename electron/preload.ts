import { contextBridge, ipcRenderer } from "electron";

import type { FrameOut } from "../shared/bridge.ts";
import { createBridge } from "../shared/bridge-client.ts";

/** The one channel, both ways. */
const channel = "bridge";

const client = createBridge((frame) => ipcRenderer.send(channel, frame));
// The event object stays here: it holds the sender, and with it all of Electron's IPC.
ipcRenderer.on(channel, (_event, frame: FrameOut) => client.receive(frame));

contextBridge.exposeInMainWorld("bridge", client.bridge);

import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";
import "./theme/base.css";

import { createRoot } from "react-dom/client";
import { z } from "zod";

import { createApi } from "./api.ts";
import { App } from "./app.tsx";
import { openSession } from "./session.ts";
import { allowStyleText } from "./theme/trusted-types.ts";

// The window's policy forbids code from strings, which zod would otherwise try first.
z.config({ jitless: true });
allowStyleText();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const session = openSession();
createRoot(root).render(<App api={createApi(session.bridge, session.connection)} />);

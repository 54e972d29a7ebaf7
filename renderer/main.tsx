import "./no-code-from-strings.ts";
import "./theme/base.css";
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";

import { createRoot } from "react-dom/client";

import { createApi } from "./api.ts";
import { App } from "./app.tsx";
import { openSession } from "./session.ts";
import { allowStyleText } from "./theme/trusted-types.ts";

allowStyleText();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const session = openSession();
createRoot(root).render(<App api={createApi(session.bridge, session.connection)} />);

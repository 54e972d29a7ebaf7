import { dirname, join, normalize } from "node:path";

import { expect, test } from "vitest";

import { operations } from "../shared/operations.ts";
import { en } from "../shared/messages/en.ts";
import { importsOf, type Node, parse, sourceFiles, walk } from "./source-files.ts";

/** Walls that the compiler cannot hold: which room may look into which, and what may be done only in one place. */

const files = sourceFiles();
const code = files.filter(({ path }) => !path.startsWith("test/"));

/** The room of a file: the longest of these that it lies in. */
const rooms = [
  "shared",
  "simulator",
  "renderer/ui",
  "renderer/theme",
  "renderer/stores",
  "renderer/features",
  "renderer/api",
  "electron/proxmox",
  "electron/progress",
  "electron/store",
  "electron/clusters",
  "electron/jobs",
  "electron/operations",
  "electron/web",
  "electron/desktop",
  "electron/log",
  "electron/notify",
  "electron/host",
  "electron/hub",
  "electron/version",
] as const;
type Room =
  | (typeof rooms)[number]
  | "renderer/entries"
  | "electron/dispatch"
  | "electron/house"
  | "electron/job-server"
  | "electron/entries"
  | "electron/tools";

/** Files of electron/ that no deeper room takes. */
const single: Readonly<Record<string, Room>> = {
  "electron/dispatch.ts": "electron/dispatch",
  "electron/frames.ts": "electron/dispatch",
  "electron/house.ts": "electron/house",
  "electron/main.ts": "electron/entries",
  "electron/serve.ts": "electron/entries",
  "electron/window.ts": "electron/entries",
  "electron/preload.ts": "electron/entries",
  "electron/compose.ts": "electron/web",
  "electron/assets.ts": "electron/web",
  "electron/headers.ts": "electron/web",
  "electron/link.ts": "electron/web",
  "electron/data-directory.ts": "electron/web",
  "electron/start.ts": "electron/tools",
  "electron/dev.ts": "electron/tools",
  "electron/build.ts": "electron/tools",
  // The one look that clusters/ has into jobs/: the types of what the engine asks of a server.
  "electron/jobs/server.ts": "electron/job-server",
  "electron/vite.config.ts": "electron/tools",
  "renderer/vite.config.ts": "electron/tools",
  "renderer/main.tsx": "renderer/entries",
  "renderer/app.tsx": "renderer/entries",
  "renderer/session.ts": "renderer/entries",
  "renderer/no-code-from-strings.ts": "renderer/entries",
};

function roomOf(path: string): Room | null {
  const known = single[path];
  if (known !== undefined) return known;
  return rooms.find((room) => path.startsWith(`${room}/`) || path.startsWith(`${room}.`)) ?? null;
}

const seams = ["electron/host", "electron/hub", "electron/log", "electron/version"] as const;
const engine = [
  "shared",
  ...seams,
  "electron/proxmox",
  "electron/progress",
  "electron/store",
  "electron/clusters",
  "electron/jobs",
  "electron/job-server",
  "electron/notify",
] as const;
const allOfElectron = [
  ...engine,
  "electron/operations",
  "electron/dispatch",
  "electron/house",
  "electron/web",
  "electron/desktop",
] as const;

/** Room → rooms that it may look into beside itself. */
const mayImport: Readonly<Record<Room, readonly Room[]>> = {
  shared: [],
  simulator: [],
  "renderer/theme": ["shared"],
  "renderer/ui": ["shared", "renderer/theme"],
  "renderer/api": ["shared"],
  "renderer/stores": ["shared", "renderer/ui", "renderer/api"],
  "renderer/features": ["shared", "renderer/ui", "renderer/api", "renderer/stores", "renderer/theme"],
  "renderer/entries": [
    "shared",
    "renderer/ui",
    "renderer/api",
    "renderer/stores",
    "renderer/features",
    "renderer/theme",
  ],
  "electron/log": ["shared"],
  "electron/hub": ["shared"],
  "electron/host": ["shared"],
  "electron/version": [],
  "electron/progress": ["shared"],
  "electron/proxmox": ["shared", "electron/log"],
  "electron/store": ["shared", "electron/log", "electron/host"],
  // progress: what a task's exit status means, for the lists of tasks.
  "electron/clusters": [
    "shared",
    ...seams,
    "electron/proxmox",
    "electron/progress",
    "electron/store",
    "electron/job-server",
  ],
  "electron/jobs": ["shared", ...seams, "electron/progress", "electron/store", "electron/job-server"],
  "electron/job-server": ["shared"],
  "electron/notify": ["shared", ...seams, "electron/store"],
  "electron/operations": engine,
  "electron/house": [...engine, "electron/operations"],
  "electron/dispatch": ["shared", "electron/log", "electron/hub", "electron/operations"],
  "electron/web": allOfElectron,
  "electron/desktop": allOfElectron,
  "electron/entries": [...allOfElectron, "electron/entries", "simulator"],
  "electron/tools": ["shared", "electron/web", "electron/tools"],
};

/** Packages by room; a room that is not named takes node's own modules alone. */
const packages: Readonly<Partial<Record<Room, RegExp>>> = {
  shared: /^zod$/u,
  simulator: /^node:/u,
  "renderer/ui": /^(?!node:|electron)/u,
  "renderer/theme": /^(?!node:|electron)/u,
  "renderer/api": /^react$/u,
  "renderer/stores": /^(?!node:|electron)/u,
  "renderer/features": /^(?!node:|electron)/u,
  "renderer/entries": /^(?!node:|electron)/u,
  "electron/entries": /^(?:node:|electron$)/u,
};
/** What electron/ may use beside node; `electron` itself only its entries, desktop/ only its types. */
const electronPackages = /^(?:node:.*|zod|undici|ws|pino|conf|@lingui\/.*|vite|@vitejs\/.*)$/u;

interface Edge {
  readonly path: string;
  readonly from: string;
  readonly isType: boolean;
}

function edges(): readonly Edge[] {
  return code.flatMap(({ path, text }) => importsOf(path, text).map((one) => ({ path, ...one })));
}

function wrongEdges(all: readonly Edge[]): readonly string[] {
  return all.filter((edge) => !isAllowed(edge)).map(({ path, from }) => `${path} → ${from}`);
}

function isAllowed({ path, from, isType }: Edge): boolean {
  const room = roomOf(path);
  if (room === null) return false;
  if (!from.startsWith(".")) return isAllowedPackage(room, from, isType);
  const target = normalize(join(dirname(path), from)).replaceAll("\\", "/");
  if (target === "package.json") return room === "electron/version";
  if (target.endsWith(".css")) return room.startsWith("renderer/");
  const other = roomOf(target);
  return other !== null && (other === room || mayImport[room].includes(other));
}

function isAllowedPackage(room: Room, from: string, isType: boolean): boolean {
  if (from === "electron") return room === "electron/entries" || (room === "electron/desktop" && isType);
  return (packages[room] ?? electronPackages).test(from);
}

test("every source file lies in a room", () => {
  expect(code.length).toBeGreaterThan(200);
  expect(code.map(({ path }) => path).filter((path) => roomOf(path) === null)).toEqual([]);
});

test("no room looks into one that it may not see", () => {
  const all = edges();
  expect(all.length).toBeGreaterThan(1000);
  expect(wrongEdges(all)).toEqual([]);
});

test("the table of walls would see a hole in each of them", () => {
  const planted: readonly Edge[] = [
    { path: "shared/job.ts", from: "node:fs", isType: false },
    { path: "shared/job.ts", from: "../electron/hub.ts", isType: true },
    { path: "renderer/features/x/y.tsx", from: "../../../electron/store/vault.ts", isType: true },
    { path: "renderer/features/x/y.tsx", from: "node:crypto", isType: false },
    { path: "renderer/ui/x.tsx", from: "../stores/stores.ts", isType: false },
    { path: "renderer/stores/x.ts", from: "../features/shell/rail.tsx", isType: false },
    { path: "electron/progress/x.ts", from: "../proxmox/http.ts", isType: false },
    { path: "electron/proxmox/x.ts", from: "../store/vault.ts", isType: false },
    { path: "electron/jobs/x.ts", from: "../proxmox/transport.ts", isType: true },
    { path: "electron/jobs/x.ts", from: "../clusters/clusters.ts", isType: false },
    { path: "electron/clusters/x.ts", from: "../jobs/jobs.ts", isType: false },
    { path: "electron/operations/x.ts", from: "../dispatch.ts", isType: false },
    { path: "electron/house.ts", from: "../simulator/demo.ts", isType: false },
    { path: "electron/house.ts", from: "electron", isType: false },
    { path: "electron/desktop/x.ts", from: "electron", isType: false },
    { path: "electron/web/x.ts", from: "electron", isType: true },
    { path: "electron/dispatch.ts", from: "./store/store.ts", isType: false },
    { path: "simulator/x.ts", from: "../electron/proxmox/upid.ts", isType: true },
    { path: "simulator/x.ts", from: "../shared/job.ts", isType: true },
    { path: "simulator/x.ts", from: "undici", isType: false },
    { path: "electron/somewhere/x.ts", from: "node:fs", isType: false },
  ];
  expect(wrongEdges(planted).length).toBe(planted.length);
});

interface Place {
  /** What is looked for in the text of a file, comments taken away. */
  readonly what: string;
  readonly pattern: RegExp;
  /** Files in which it may stand. */
  readonly only: readonly string[] | RegExp;
}

const places: readonly Place[] = [
  {
    what: "certificates unchecked by node",
    pattern: /\brejectUnauthorized\b/u,
    only: ["electron/proxmox/tls.ts"],
  },
  {
    what: "a secret's text",
    pattern: /\.reveal\(/u,
    only: /^electron\/(?:proxmox\/(?:secret|auth|session|login-keeper|tunnel)|clusters\/credentials|store\/vault)\.ts$/u,
  },
  { what: "the API's path", pattern: /\/api2\b/u, only: /^(?:electron\/proxmox\/requests|simulator)\// },
  {
    what: "a path of a request, which the catalogue has",
    pattern: /["'`]\/?(?:nodes|cluster|access|admin|config|status)\/[\w$-]/u,
    only: /^(?:electron\/proxmox\/requests|simulator)\//,
  },
  {
    what: "the making of a path",
    pattern: /\bas ApiPath\b/u,
    only: ["electron/proxmox/requests/prepare.ts"],
  },
  { what: "a window", pattern: /\bnew BrowserWindow\b/u, only: ["electron/window.ts"] },
  { what: "the system's browser", pattern: /\bopenExternal\(/u, only: ["electron/desktop/host.ts"] },
  {
    what: "IPC of the main process",
    pattern: /\bipcMain\b/u,
    only: ["electron/main.ts", "electron/desktop/ipc.ts"],
  },
  { what: "IPC of the page", pattern: /\bipcRenderer\b/u, only: ["electron/preload.ts"] },
  { what: "SQLite", pattern: /"node:sqlite"/u, only: /^electron\/store\// },
  {
    what: "child processes",
    pattern: /"node:child_process"/u,
    only: /^electron\/(?:start|dev|web\/browser)\.ts$/u,
  },
];

/** May stand nowhere at all. */
const nowhere: readonly RegExp[] = [
  /\beval\(|\bnew Function\b|"node:vm"/u,
  /\b(?:inner|outer)HTML\b|\bdangerouslySetInnerHTML\b|\bdocument\.write\b|\binsertAdjacentHTML\b/u,
  /\bshell\s*\.\s*open(?:Path|Item)\b|\bexecuteJavaScript\b|\binsertCSS\b|\bloadFile\(/u,
  /\bsetUsePlainTextEncryption\b|\bencryptString\(|\bdecryptString\(/u,
  /\bsetCertificateVerifyProc\b|"certificate-error"/u,
  /\bopenDevTools\b|\bsetAsDefaultProtocolClient\b/u,
  /\blocalStorage\b|\bsessionStorage\b|\bindexedDB\b|\bdocument\.cookie\b/u,
  /\bAccess-Control-Allow/iu,
];

/** The text without its comments, so that a sentence about a thing is not the thing. Strings stay. */
function withoutComments(path: string, text: string): string {
  const kept: [number, number][] = [];
  walk(parse(path, text), (node) => {
    if (node.type === "Literal" || node.type === "TemplateElement" || node.type === "JSXText") {
      kept.push([node["start"] as number, node["end"] as number]);
    }
  });
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/gu, (comment, at: number) =>
    kept.some(([start, end]) => at >= start && at < end) ? comment : " ".repeat(comment.length),
  );
}

const bare = code.map(({ path, text }) => ({ path, text: withoutComments(path, text) }));

test("what is dangerous stands only in the place made for it", () => {
  const wrong = places.flatMap(({ what, pattern, only }) =>
    bare
      .filter(({ text }) => pattern.test(text))
      .filter(({ path }) => (only instanceof RegExp ? !only.test(path) : !only.includes(path)))
      .map(({ path }) => `${what}: ${path}`),
  );
  expect(wrong).toEqual([]);
  const unused = places.filter(({ pattern }) => !bare.some(({ text }) => pattern.test(text)));
  expect(unused.map(({ what }) => what)).toEqual([]);
});

test("what nobody needs stands nowhere", () => {
  const wrong = nowhere.flatMap((pattern) =>
    bare.filter(({ text }) => pattern.test(text)).map(({ path }) => `${path}: ${pattern.source}`),
  );
  expect(wrong).toEqual([]);
});

test("the window's security options are a literal without spreads or computed keys", () => {
  const window = code.find(({ path }) => path === "electron/window.ts");
  const keys: string[] = [];
  walk(parse("window.ts", window?.text ?? ""), (node) => {
    if (node.type !== "Property" || (node["key"] as { name?: string }).name !== "webPreferences") return;
    for (const property of (node["value"] as { properties: readonly Node[] }).properties) {
      keys.push(property.type === "Property" && property["computed"] === false ? "plain" : property.type);
    }
  });
  expect(keys.length).toBeGreaterThan(10);
  expect(new Set(keys)).toEqual(new Set(["plain"]));
});

test("nothing but types, interfaces and constants is exported as default, and nothing is re-exported in bulk", () => {
  const wrong = code
    .filter(({ path }) => !path.endsWith("vite.config.ts"))
    .filter(({ path, text }) => {
      const { body } = parse(path, text) as unknown as { body: readonly Node[] };
      return body.some(({ type }) => type === "ExportDefaultDeclaration" || type === "ExportAllDeclaration");
    });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

/** Every string that could be an operation or a message id: literals and the fixed heads of templates. */
function strings(wanted: readonly { readonly path: string; readonly text: string }[]): {
  readonly whole: ReadonlySet<string>;
  readonly heads: ReadonlySet<string>;
} {
  const whole = new Set<string>();
  const heads = new Set<string>();
  for (const { path, text } of wanted) {
    walk(parse(path, text), (node) => {
      if (node.type === "Literal" && typeof node["value"] === "string") whole.add(node["value"]);
      if (node.type !== "TemplateLiteral") return;
      const [first] = node["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
      if (first !== undefined && first.value.cooked !== "") heads.add(first.value.cooked);
    });
  }
  return { whole, heads };
}

const inRenderer = code.filter(({ path }) => path.startsWith("renderer/"));
/** Asked by the main process itself, or by tests: no button. */
const withoutButton: readonly string[] = [];

test("every operation has its button", () => {
  const { whole } = strings(inRenderer);
  const missing = Object.keys(operations).filter((name) => !whole.has(name) && !withoutButton.includes(name));
  expect(missing).toEqual([]);
});

test("every message that is used is in the catalogue, and every one in it is used", () => {
  const users = code.filter(
    ({ path }) => !path.startsWith("simulator/") && !path.startsWith("shared/messages/"),
  );
  const { whole, heads } = strings(users);
  const ids = Object.keys(en);
  const headsOfIds = [...heads].filter((head) => head.includes(".") && ids.some((id) => id.startsWith(head)));
  const unused = ids.filter((id) => !whole.has(id) && !headsOfIds.some((head) => id.startsWith(head)));
  expect(unused).toEqual([]);
  // Whatever looks like an id of a group that the catalogue has must be in it; operations, events and codes look the same.
  const groups = new Set(ids.map((id) => id.split(".", 1)[0]));
  const looksLikeId = [...strings(inRenderer).whole].filter(
    (text) => /^[a-z]+(?:\.[a-zA-Z]+)+$/u.test(text) && groups.has(text.split(".", 1)[0] ?? ""),
  );
  const others = new Set<string>([
    ...Object.keys(operations),
    ...ids.map((id) => id.replace(/^error\./u, "")),
  ]);
  const eventsText = files.find(({ path }) => path === "shared/events.ts")?.text ?? "";
  const unknown = looksLikeId.filter(
    (id) => !ids.includes(id) && !others.has(id) && !eventsText.includes(`"${id}"`),
  );
  expect(unknown).toEqual([]);
});

/** Attributes whose text a person sees or hears. */
const visibleAttributes = new Set([
  "title",
  "label",
  "placeholder",
  "alt",
  "aria-label",
  "description",
  "aria-description",
]);

test("no visible text is written into a component", () => {
  const found: string[] = [];
  for (const { path, text } of inRenderer.filter((file) => file.path.endsWith(".tsx"))) {
    walk(parse(path, text), (node) => {
      const inAttribute =
        node.type === "JSXAttribute" &&
        visibleAttributes.has(String((node["name"] as { name: unknown }).name))
          ? (node["value"] as { type?: string; value?: unknown } | null)
          : null;
      const shown =
        node.type === "JSXText"
          ? node["value"]
          : inAttribute?.type === "Literal"
            ? inAttribute.value
            : undefined;
      // Two letters in a row are a word; "·", "/" and "–" are punctuation.
      if (typeof shown === "string" && /\p{L}{2}/u.test(shown)) found.push(`${path}: ${shown.trim()}`);
    });
  }
  expect(found).toEqual([]);
});

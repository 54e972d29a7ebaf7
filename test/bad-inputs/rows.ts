/** Where a row is proved: by tests of this folder whose names begin with its number, by others, or not yet. */
export interface Row {
  readonly row: number;
  readonly input: string;
  /** Tests that stand elsewhere: file and a piece of the test's name. */
  readonly also?: readonly (readonly [file: string, name: string])[];
  /** Why there is nothing to prove yet. */
  readonly later?: string;
}

const address = "test/proxmox/address.test.ts";
const probe = "test/proxmox/probe.test.ts";
const transport = "test/proxmox/transport.test.ts";
const answers = "test/proxmox/answers.test.ts";
const dispatch = "test/hosts/dispatch.test.ts";

const noFiles = "files inside backups are not browsed or downloaded yet";
const noExport = "nothing is exported as CSV, report or JSON yet";

/** The 96 hostile and broken inputs that the design names, in its order. */
export const rows: readonly Row[] = [
  { row: 1, input: "an address in its many forms", also: [[address, "%j is %s"]] },
  { row: 2, input: "http://", also: [[address, "%j is refused as %s"]] },
  { row: 3, input: "user and password in the address" },
  { row: 4, input: "a path, a query", also: [[address, "%j is refused as %s"]] },
  {
    row: 5,
    input: "numbers that become IPs",
    also: [[address, "tells which address a bare number would have meant"]],
  },
  { row: 6, input: "% \\ @ in a host", also: [[address, "%j is refused as %s"]] },
  {
    row: 7,
    input: "letters that look alike in a host",
    also: [[address, "shows the form that is really asked"]],
  },
  { row: 8, input: "an override in a host", also: [[address, "%j is refused as %s"]] },
  { row: 9, input: "impossible ports", also: [[address, "%j is refused as %s"]] },
  { row: 10, input: "IPv6 with a zone, bare", also: [[address, "%j is refused as %s"]] },
  { row: 11, input: "10 kB of host, NUL, CR LF", also: [[address, "%j is refused as %s"]] },
  {
    row: 12,
    input: "a port of something else",
    also: [
      [probe, "takes a server without TLS"],
      [probe, "takes %s for something else"],
    ],
  },
  { row: 13, input: "a captive portal", also: [[probe, "sends no credential"]] },
  { row: 14, input: "redirects", also: [[transport, "never follows a redirect (%i)"]] },
  { row: 15, input: "web pages and data:null with 4xx and 5xx" },
  { row: 16, input: "595 to 599, 200 with a message" },
  { row: 17, input: "a reason phrase of 8 kB" },
  {
    row: 18,
    input: "no content type, BOM",
    also: [
      [answers, "is UTF-8, whatever the type says"],
      [answers, "may begin with a byte order mark"],
    ],
  },
  {
    row: 19,
    input: "broken UTF-8",
    also: [
      [answers, "is refused where it is broken"],
      [answers, "is let through broken in a task log"],
    ],
  },
  {
    row: 20,
    input: "an endless answer",
    also: [
      [transport, "stops at the cap of an endless answer"],
      [transport, "lets a list be larger than a status"],
    ],
  },
  {
    row: 21,
    input: "a gzip bomb, other encodings",
    also: [
      [transport, "stops at the cap when unzipping a bomb"],
      [transport, "refuses the encoding %s"],
    ],
  },
  {
    row: 22,
    input: "drips",
    also: [
      [transport, "gives up after its total time"],
      [transport, "gives up on headers that never end"],
    ],
  },
  { row: 23, input: "a flood of headers", also: [[transport, "refuses %s"]] },
  { row: 24, input: "lies of Content-Length, chunks", also: [[transport, "fails cleanly on %s"]] },
  {
    row: 25,
    input: "HTTP/0.9, HTTP/2, upgrades, 1xx, trailers",
    also: [[transport, "refuses a server that speaks HTTP/2 only"]],
  },
  {
    row: 26,
    input: "a connection that closes",
    also: [
      [transport, "tries only once more"],
      [transport, "may have been done when the answer is cut"],
    ],
  },
  {
    row: 27,
    input: "a second answer on a socket",
    also: [[transport, "does not read on into a second answer"]],
  },
  {
    row: 28,
    input: "certificates that are not right",
    also: [
      [transport, "by the system's authorities refuses %s"],
      [transport, "refuses TLS 1.1"],
    ],
  },
  { row: 29, input: "certificates that are too much" },
  { row: 30, input: "data of a wrong shape" },
  { row: 31, input: "no object on top" },
  { row: 32, input: "numbers and flags as texts" },
  { row: 33, input: "impossible ids" },
  {
    row: 34,
    input: "impossible sizes",
    also: [["test/renderer/unknown.test.ts", "that is not known is a dash that says so"]],
  },
  {
    row: 35,
    input: "more used than there is",
    also: [["test/renderer/unknown.test.ts", "of %d stays within its ends"]],
  },
  {
    row: 36,
    input: "impossible times",
    also: [["test/renderer/unknown.test.ts", "is implausible and is called so"]],
  },
  {
    row: 37,
    input: "things that stand twice",
    also: [["test/clusters/inventory.test.ts", "an id that is reported twice"]],
  },
  { row: 38, input: "__proto__ and its kin" },
  { row: 39, input: "deep nesting" },
  { row: 40, input: "a million rows", also: [[answers, "are read in hundreds of thousands of rows"]] },
  { row: 41, input: "a text of 10 MB" },
  {
    row: 42,
    input: "fields of old servers missing",
    also: [
      [answers, "are read from servers that leave fields out"],
      ["test/proxmox/prepare.test.ts", "newer than all that we know"],
    ],
  },
  { row: 43, input: "unknown words" },
  { row: 44, input: "half pairs and NUL" },
  { row: 45, input: "hidden signs in names" },
  {
    row: 46,
    input: "markup in names",
    also: [["test/house.test.ts", "what is dangerous stands only in the place made for it"]],
  },
  { row: 47, input: "escapes in logs" },
  { row: 48, input: "marks without end" },
  { row: 49, input: "odd names" },
  { row: 50, input: "names that look alike" },
  {
    row: 51,
    input: "node and storage names that are none",
    also: [["test/proxmox/prepare.test.ts", "is not the storage %j"]],
  },
  {
    row: 52,
    input: "notes",
    also: [
      ["test/proxmox/launch.test.ts", "the note of a backup"],
      ["test/renderer/backups-draft.test.ts", "a note may name the server's four variables"],
    ],
  },
  { row: 53, input: "five hundred tags" },
  { row: 54, input: "malformed UPIDs" },
  { row: 55, input: "UPIDs with odd signs" },
  {
    row: 56,
    input: "ends that are none",
    also: [["test/progress/exit.test.ts", "takes nothing that only resembles success"]],
  },
  {
    row: 57,
    input: "running for ever",
    also: [["test/progress/estimate.test.ts", "is told once the silence no longer fits"]],
  },
  {
    row: 58,
    input: "logs and lines without end",
    also: [["test/renderer/jobs-log-lines.test.ts", "a very long log is held in part"]],
  },
  {
    row: 59,
    input: "line numbers that repeat and skip",
    also: [["test/jobs/follow.test.ts", "hands out every line of the log once and in order"]],
  },
  {
    row: 60,
    input: "a line that looks like the end",
    also: [["test/progress/fixtures.test.ts", "does not take a line for the end that only looks like one"]],
  },
  { row: 61, input: "no content, unable to open file" },
  { row: 62, input: "secrets in log lines" },
  {
    row: 63,
    input: "progress of another form",
    also: [["test/progress/properties.test.ts", "survives whatever the lines are and never goes back"]],
  },
  {
    row: 64,
    input: "guests that the log lost",
    also: [["test/progress/fixtures.test.ts", "counts a guest whose end the log lost as unknown"]],
  },
  { row: 65, input: "volume ids that are none" },
  {
    row: 66,
    input: "an archive of another guest",
    also: [["test/renderer/restore-draft.test.ts", "the proposal is a new guest beside the original"]],
  },
  {
    row: 67,
    input: "archives of which little is said",
    also: [["test/renderer/restore-draft.test.ts", "what is odd about a backup is said"]],
  },
  { row: 68, input: "two backups of one second" },
  { row: 69, input: "file names inside a backup", later: noFiles },
  { row: 70, input: "a download's name", later: noFiles },
  { row: 71, input: "archives to extract", later: noFiles },
  { row: 72, input: "downloads that stop", later: noFiles },
  { row: 73, input: "a program to download", later: noFiles },
  {
    row: 74,
    input: "broken settings",
    also: [["test/store/settings.test.ts", "a truncated file is set aside"]],
  },
  {
    row: 75,
    input: "a store of a newer version",
    also: [["test/store/database.test.ts", "leave a newer file alone and open it for reading"]],
  },
  { row: 76, input: "an import", later: "nothing is imported yet" },
  {
    row: 77,
    input: "a data directory that is unsafe",
    also: [["test/store/vault.test.ts", "its files can be read by nobody else"]],
  },
  {
    row: 78,
    input: "a clock of another century",
    also: [
      ["test/jobs/follow.test.ts", "never has a negative duration, though the server's clock jumps back"],
    ],
  },
  {
    row: 79,
    input: "other locales",
    also: [["test/shared/format.test.ts", "are written with the language's own decimal mark"]],
  },
  { row: 80, input: "formulas in CSV", later: noExport },
  { row: 81, input: "delimiters in CSV", later: noExport },
  { row: 82, input: "names in reports", later: noExport },
  { row: 83, input: "export and import again", later: noExport },
  { row: 84, input: "secrets in exports", later: noExport },
  {
    row: 85,
    input: "calls of a wrong shape",
    also: [[dispatch, "input that is too large, too deep, cyclic"]],
  },
  { row: 86, input: "unknown calls", also: [[dispatch, "an operation that is not in the table is refused"]] },
  {
    row: 87,
    input: "ids of other things",
    also: [["test/operations/confirmations.test.ts", "it is refused for another target"]],
  },
  {
    row: 88,
    input: "used confirmations",
    also: [["test/operations/confirmations.test.ts", "two clicks at once use it only once"]],
  },
  { row: 89, input: "a flood of calls", also: [[dispatch, "a flood of ten thousand calls in a second"]] },
  {
    row: 90,
    input: "patterns in a search",
    also: [["test/renderer/guests-filter.test.ts", "a filter is literal"]],
  },
  {
    row: 91,
    input: "a filter of a million letters",
    also: [["test/renderer/palette-search.test.ts", "a text without end does no harm"]],
  },
  { row: 92, input: "ever new tasks and guests" },
  { row: 93, input: "another address to contact" },
  { row: 94, input: "headers for browsers" },
  { row: 95, input: "instructions in an error" },
  {
    row: 96,
    input: "Retry-After",
    also: [["test/proxmox/routes.test.ts", "is left alone as long as it asks for with Retry-After"]],
  },
];

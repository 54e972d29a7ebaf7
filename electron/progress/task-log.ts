import { createReadStream } from "node:fs";
import { exit, stderr, stdout } from "node:process";
import { parseArgs } from "node:util";

import { guessKind } from "./guess-kind.ts";
import { exitOfLastLine, summarise } from "./saved-log.ts";
import { createTaskReader } from "./task-reader.ts";

/** Enough to meet a typical line, little enough to hold in memory. */
const HEAD_LINES = 500;
/** A file without line ends is cut here: nothing of ours is that long. */
const LINE_LIMIT = 1_048_576;

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > LINE_LIMIT) {
      yield rest;
      rest = "";
    }
  }
  if (rest !== "") yield rest;
}

/** Reads a saved task log and prints what it tells, as one JSON object. The last line counts as the task's end. */
async function printLog(file: string, kind: string | null): Promise<void> {
  const lines = linesOf(file);
  const head: string[] = [];
  while (head.length < HEAD_LINES) {
    const next = await lines.next();
    if (next.done === true) break;
    head.push(next.value);
  }
  const told = kind ?? guessKind(head);
  const reader = createTaskReader(told);
  let last = "";
  const push = (line: string): void => {
    reader.push(line);
    if (line.trim() !== "") last = line;
  };
  for (const line of head) push(line);
  for await (const line of lines) push(line);
  const exitStatus = exitOfLastLine(last);
  if (exitStatus !== null) reader.end(exitStatus);
  stdout.write(`${JSON.stringify(summarise(told, reader.read()), null, 2)}\n`);
}

/** `FILE [--operation KIND]`, in either order; null for anything else. */
function readArguments(): { readonly file: string; readonly kind: string | null } | null {
  try {
    const { values, positionals } = parseArgs({
      options: { operation: { type: "string" } },
      allowPositionals: true,
    });
    const [file, ...more] = positionals;
    return file === undefined || more.length > 0 ? null : { file, kind: values.operation ?? null };
  } catch {
    return null;
  }
}

const asked = readArguments();
if (asked === null) {
  stderr.write("task-log FILE [--operation KIND]\n");
  exit(2);
}
try {
  await printLog(asked.file, asked.kind);
} catch (cause) {
  stderr.write(`${String(cause)}\n`);
  exit(1);
}

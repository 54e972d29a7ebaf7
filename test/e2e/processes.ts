import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

const root = new URL("../..", import.meta.url).pathname;

export interface Running {
  readonly ready: Readonly<Record<string, unknown>>;
  readonly pid: number;
  /** All that it printed on both outputs so far. */
  output(): string;
  /** As if the power went: SIGKILL, then waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
}

/** Starts one of our own programs and waits for its machine-readable first line (`--ready-json`). */
export async function startProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [file, ...args, "--ready-json"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", TZ: "Europe/Vienna", ...env },
  });
  let output = "";
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    lines.on("line", (line) => {
      output += `${line}\n`;
      if (line.startsWith("{")) resolve(JSON.parse(line) as Record<string, unknown>);
    });
    child.once("exit", (code) =>
      reject(new Error(`${file} ended with ${code} before it was ready:\n${output}`)),
    );
  });
  return {
    ready,
    pid: child.pid ?? 0,
    output: () => output,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  await gone;
}

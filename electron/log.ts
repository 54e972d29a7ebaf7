import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

import { pino } from "pino";

/** What a line of the log may carry beside its sentence: names, numbers and ids; never a body, never a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  /** `error` in the fields is written whole: stack and causes. */
  error(fields: LogFields, message: string): void;
}

export interface LogFile extends Log {
  close(): void;
}

/** A file is put aside when it has grown to this; with the four kept ones the log never takes more than 25 MB of a laptop's disk. */
const maxFileBytes = 5 * 1024 * 1024;
const keptFiles = 4;
const fileName = "proxmoxer.log";

/** For tests and for what is built before a log exists. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface LogOptions {
  /** `<data directory>/log`; made when missing, readable by this user only. */
  readonly directory: string;
  /** Every line goes through it as the last step before it is written anywhere. */
  readonly redact: (line: string) => string;
  /** Development: lines also go here. */
  readonly echo?: ((line: string) => void) | undefined;
  readonly level?: "debug" | "info";
  readonly maxBytes?: number;
}

/** Opens the rotating log file. Writes are synchronous, so that the last lines before a crash are there. */
export function openLog(options: LogOptions): LogFile {
  const { directory, redact, echo, maxBytes = maxFileBytes } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, fileName);
  let file = openSync(path, "a", 0o600);
  let size = fstatSync(file).size;
  let closed = false;

  function rotate(): void {
    closeSync(file);
    for (let number = keptFiles - 1; number >= 1; number -= 1)
      moveIfThere(`${path}.${number}`, `${path}.${number + 1}`);
    moveIfThere(path, `${path}.1`);
    file = openSync(path, "a", 0o600);
    size = 0;
  }

  function write(line: string): void {
    if (closed) return;
    const safe = redact(line);
    echo?.(safe);
    if (size >= maxBytes) rotate();
    size += writeSync(file, safe);
  }

  const logger = pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    { write },
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    close() {
      if (closed) return;
      closed = true;
      closeSync(file);
    },
  };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Not there yet: fewer old files than may be kept. A locked one (Windows) is overwritten at the next turn.
  }
}

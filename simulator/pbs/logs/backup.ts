import type { Random } from "../../random.ts";
import { createCourse } from "../tasks/steps.ts";
import type { Step } from "../tasks/task.ts";
import type { Snapshot, SnapshotFile } from "../world.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const COMPRESSION_PERCENT = 46;

const indexes = (files: readonly SnapshotFile[]): readonly SnapshotFile[] =>
  files.filter((file) => /\.[fd]idx$/.test(file.filename));
const kindOf = (file: SnapshotFile): string => (file.filename.endsWith(".fidx") ? "fixed" : "dynamic");

/** What a server writes when a client begins; then it writes nothing more until the client has sent all its data. */
export function backupBegins(
  store: string,
  path: string,
  files: readonly SnapshotFile[],
  hadOne: boolean,
): readonly Step[] {
  const course = createCourse();
  course.say(`starting new backup on datastore '${store}' from ::ffff:127.0.0.1: "${path}"`);
  if (hadOne) course.say("download 'index.json.blob' from previous backup.");
  for (const file of indexes(files))
    if (hadOne) course.say(`register chunks in '${file.filename}' from previous backup.`);
  for (const [index, file] of indexes(files).entries())
    course.say(`created new ${kindOf(file)} index ${index + 1} ("${path}/${file.filename}")`);
  const blob = files.find((file) => file.filename.endsWith(".conf.blob"));
  if (blob) course.say(`add blob "${path}/${blob.filename}" (${blob.size} bytes, comp: ${blob.size})`);
  return course.open();
}

/** The end of a backup that came to its end. */
export function backupEnds(snapshot: Snapshot, random: Random, verifies: boolean): readonly Step[] {
  const course = createCourse();
  for (const [index, file] of indexes(snapshot.files).entries()) {
    const chunks = Math.max(1, Math.ceil(file.size / CHUNK_BYTES));
    const fresh = Math.max(1, Math.ceil(chunks * (0.02 + random.next() * 0.05)));
    course.say(
      `Upload statistics for '${file.filename}'`,
      `UUID: ${random.hex(32)}`,
      `Checksum: ${random.hex(64)}`,
      `Size: ${file.size}`,
      `Chunk count: ${chunks}`,
      `Upload size: ${fresh * CHUNK_BYTES} (${Math.floor((fresh * 100) / chunks)}%)`,
      `Duplicates: ${chunks - fresh}+0 (${Math.floor(((chunks - fresh) * 100) / chunks)}%)`,
      `Compression: ${COMPRESSION_PERCENT}%`,
      `successfully closed ${kindOf(file)} index ${index + 1}`,
    );
  }
  course.say(
    `add blob "index.json.blob" (${snapshot.files.length * 90} bytes, comp: ${snapshot.files.length * 90})`,
  );
  course.say("successfully finished backup", "backup finished successfully");
  if (verifies) course.say("Automatically verifying newly added snapshot");
  return course.end("OK");
}

/** What a server writes when somebody begins to read; then nothing until he is done. */
export function readerBegins(store: string, path: string, files: readonly SnapshotFile[]): readonly Step[] {
  const course = createCourse();
  course.say(
    `starting new backup reader datastore '${store}': "/mnt/datastore/${store}"`,
    "protocol upgrade done",
  );
  for (const name of ["index.json.blob", ...indexes(files).map((file) => file.filename)]) {
    course.say("GET /download", `download "/mnt/datastore/${store}/${path}/${name}"`);
    if (name.endsWith("idx")) course.say(`register chunks in '${name}' as downloadable.`);
  }
  return course.open();
}

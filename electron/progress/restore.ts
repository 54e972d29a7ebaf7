import type { Draft } from "./draft.ts";
import { identify, notePercent, raiseBytes, raisePercent, setStep, settle, shorten } from "./draft.ts";
import { createDrives } from "./drives.ts";
import { createBlockJobRules } from "./block-job.ts";
import { saysAborted } from "./exit.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { createRate } from "./rate.ts";
import { parseCount, parseVmid } from "./units.ts";

const VOLUME = /(?:vm|subvol|base)-(\d{1,9})-(?:disk|cloudinit|state)/;

/**
 * Reads restores of VMs (archive, backup server, live) and of containers, and the making of a container from a template.
 * Of a container there is no percentage, and from a backup server not even a line until it is done.
 */
export function createRestoreReader(draft: Draft): (line: Line) => void {
  const drives = createDrives(draft);
  const rate = createRate();
  const type = draft.operation === "qmrestore" || draft.operation === "qmcreate" ? "qemu" : "lxc";
  let volumes = 0;
  let images = 0;
  /** Images are fetched one after the other; each tells its own time only. */
  let imageSeconds = 0;
  let deviceTotal = 0;
  /** From the archive's name: the guest restored, unless a volume shows that it becomes another. */
  let sourceVmid: number | null = null;

  const step = (code: Parameters<typeof setStep>[1]) => (): void => setStep(draft, code);
  const setArchive = (path: string | undefined): void => {
    if (path === undefined) return;
    draft.archive ??= path;
    const match = /(?:vzdump-(?:qemu|lxc)-|(?:^|[/:])(?:vm|ct)\/)(\d{1,9})[-/]/.exec(path);
    sourceVmid ??= parseVmid(match?.[1]);
  };
  const tellOwner = (text: string): void => {
    // A template's making names no guest: its volumes alone would have to be believed.
    if (draft.operation === "vzcreate" || draft.operation === "qmcreate") return;
    if (draft.current === null) identify(draft, parseVmid(VOLUME.exec(text)?.[1]), type);
  };
  const fail = (reason: string): void => {
    draft.error ??= shorten(reason);
    if (draft.current === null) identify(draft, sourceVmid, type);
    if (draft.current === null) return;
    draft.current.error ??= shorten(reason);
    settle(draft.current, saysAborted(reason) ? "aborted" : "failed");
  };
  const tellSeconds = (seconds: number | null): void => {
    if (seconds === null) return;
    draft.elapsedSeconds = seconds;
    if (draft.current !== null)
      draft.current.durationSeconds = Math.max(draft.current.durationSeconds ?? 0, seconds);
  };

  const tellImage = (
    percent: string | undefined,
    bytes: string | undefined,
    seconds: string | undefined,
  ): void => {
    draft.bytesExact = true;
    drives.tell(`image ${images}`, parseCount(percent), parseCount(bytes), null);
    draft.rate = rate(parseCount(bytes), parseCount(seconds));
    draft.elapsedSeconds = parseCount(seconds);
    setStep(draft, "restoring");
  };

  const rules: readonly Rule[] = [
    [
      "restore vma archive: ",
      /^(.*)$/,
      ([, command = ""]) => {
        const paths = command.split(" ").filter((word) => word.startsWith("/"));
        setArchive(
          paths.find((path) => /vzdump-qemu-\d{1,9}-/.test(path)) ??
            paths.find((path) => path.includes(".vma")),
        );
        setStep(draft, "preparing");
      },
    ],
    [
      "DEV: ",
      /^dev_id=\d+ size: (\d+) devname: /,
      ([, size]) => {
        deviceTotal += parseCount(size) ?? 0;
        raiseBytes(draft, null, deviceTotal, true);
      },
    ],
    [
      "new volume ID is '",
      /^([^']+)'/,
      ([, volume = ""]) => {
        volumes += 1;
        tellOwner(volume);
        setStep(draft, "allocating");
      },
    ],
    [
      "restore proxmox backup image: ",
      /^(.*)$/,
      ([, command = ""]) => {
        setArchive(/ ((?:vm|ct)\/\d+\/\S+)/.exec(command)?.[1]);
        images += 1;
        drives.expect(Math.max(volumes, images));
        setStep(draft, "restoring", { disk: /\bdrive-([\w]+)\./.exec(command)?.[1] ?? "" });
      },
    ],
    [
      "progress ",
      /^(\d+)% \(read (\d+) bytes, duration (\d+) sec\)/,
      ([, percent, bytes, seconds]) => {
        // The first clients of backup servers told no zeroes; theirs too is of one image.
        if (images > 0) return tellImage(percent, bytes, seconds);
        const done = parseCount(bytes);
        notePercent(draft, parseCount(percent));
        raisePercent(draft, parseCount(percent));
        raiseBytes(draft, done, null, true);
        draft.rate = rate(done, parseCount(seconds));
        tellSeconds(parseCount(seconds));
        if (percent === "100") draft.looksComplete = true;
        setStep(draft, "restoring");
      },
    ],
    [
      "progress ",
      /^(\d+)% \(read (\d+) bytes, zeroes = \d+% \(\d+ bytes\),(?: [^,]+,){0,8} duration (\d+) sec\)/,
      ([, percent, bytes, seconds]) => tellImage(percent, bytes, seconds),
    ],
    [
      "restore image complete ",
      /^\(bytes=(\d+),(?: [^,]+,){0,8} duration=(\d+(?:\.\d+)?)s/,
      ([, bytes, seconds]) => {
        const size = parseCount(bytes);
        draft.bytesExact = true;
        drives.tell(`image ${images}`, 100, size, size);
        imageSeconds += Number(seconds);
        tellSeconds(parseCount(String(Math.floor(imageSeconds))));
      },
    ],
    [
      "total bytes read ",
      /^(\d+),/,
      ([, bytes]) => {
        const size = parseCount(bytes);
        raiseBytes(draft, size, draft.bytesTotal ?? size, true);
        raisePercent(draft, draft.bytesTotal === draft.bytesDone ? 100 : null);
      },
    ],
    [
      "recovering backed-up configuration from '",
      /^([^']+)'/,
      ([, path]) => {
        setArchive(path);
        setStep(draft, "preparing");
      },
    ],
    [
      "restoring '",
      /^([^']+)' now/,
      ([, path]) => {
        setArchive(path);
        setStep(draft, "restoring");
      },
    ],
    ["restoring '", /^[^']+' to '([^']+)'/, () => setStep(draft, "restoring")],
    [
      "extracting archive '",
      /^([^']+)'/,
      ([, path]) => {
        setArchive(path);
        setStep(draft, "extracting");
      },
    ],
    [
      "Total bytes read: ",
      /^(\d+) \(/,
      ([, bytes]) => {
        const size = parseCount(bytes);
        raiseBytes(draft, size, size, true);
      },
    ],
    ["merging backed-up and given configuration", null, step("merging-config")],
    ["rescan volumes", null, step("rescanning")],
    [
      "starting VM for live-restore",
      null,
      () => {
        drives.expect(volumes);
        setStep(draft, "starting-guest");
      },
    ],
    ["Execute autostart", null, step("starting-guest")],
    ["restore failed: ", /^(.*)$/, ([, reason = ""]) => fail(reason)],
    ["vma: restore failed - ", /^(.*)$/, ([, reason = ""]) => fail(reason)],
    ["An error occurred during live-restore: ", /^(.*)$/, ([, reason = ""]) => fail(reason)],
    [
      "error before or during data restore",
      null,
      () => {
        // Comes with every failure; the reason is in another line or in the exit status.
        setStep(draft, "aborting");
      },
    ],
    [
      "unable to restore ",
      /^(?:VM|CT) (\d+) - (.*)$/,
      ([, id, reason = ""]) => {
        identify(draft, parseVmid(id), type);
        fail(reason);
      },
    ],
    ...createBlockJobRules(draft, drives),
  ];
  const match = createMatcher(rules);
  return (line) => {
    if (!match(line)) tellOwner(line.text);
    // The archive's own number is believed only when the work is over and no volume named another.
    if (line.text.startsWith("merging ") && draft.current === null && draft.operation === "vzrestore")
      identify(draft, sourceVmid, type);
    const guest = draft.current;
    if (guest === null) return;
    guest.percent = draft.percent;
    guest.archive = draft.archive;
    raiseBytes(guest, draft.bytesDone, draft.bytesTotal, draft.bytesExact);
    guest.rate = draft.rate;
    guest.elapsedSeconds = draft.elapsedSeconds;
  };
}

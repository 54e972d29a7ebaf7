import { expect, test } from "vitest";

import { createHub } from "../electron/hub.ts";
import { noticeOf, startNotifier } from "../electron/notify.ts";
import { jobSchema, jobStates, isOpen } from "../shared/job.ts";

import type { Notice } from "../electron/host.ts";
import type { Job, JobState } from "../shared/job.ts";

function job(change: Partial<Job> = {}): Job {
  return {
    ...jobSchema.parse({
      id: "01JABCDEFGHJKMNPQRSTVWXYZ0",
      trace: "pxm:01JABCDEFGHJKMNPQRSTVWXYZ0",
      clusterId: "c1",
      clusterName: "Harbour",
      request: {
        kind: "backup",
        guest: { vmid: 100, type: "qemu", name: "web", node: "pve1" },
        storage: "nas",
        mode: "snapshot",
        compress: "zstd",
        note: "",
        protect: false,
        keepAll: false,
      },
      state: "running",
      pause: null,
      createdAt: 1,
      sentAt: 1,
      endedAt: null,
      durationSeconds: null,
      tasks: [],
      guests: [],
      progress: null,
      archive: null,
      size: null,
      warnings: [],
      error: null,
      candidates: [],
      cancelRequestedAt: null,
      revision: 1,
    }),
    ...change,
  };
}

function start(notifications = true, openJobs: readonly string[] = []) {
  const hub = createHub();
  const notices: Notice[] = [];
  const host = { notify: (notice: Notice) => void notices.push(notice) };
  const stop = startNotifier({ hub, host, settings: () => ({ notifications }), openJobs });
  const tell = (...changed: Job[]): void => hub.emit("jobs.changed", { revision: 1, changed, removed: [] });
  return { tell, notices, stop };
}

test("the end of a job is told once, in words", () => {
  const { tell, notices } = start();
  tell(job());
  tell(job({ state: "succeeded" }));
  tell(job({ state: "succeeded" }));
  expect(notices).toEqual([
    { title: "Backup of web (100) succeeded", body: "Cluster Harbour, node pve1", severity: "good" },
  ]);
});

test("a failure carries the sentence of its error with its values", () => {
  const notice = noticeOf(
    job({ state: "rejected", error: { code: "guest.locked", params: { vmid: 100, lock: "backup" } } }),
  );
  expect(notice).toMatchObject({ title: "Backup of web (100) was refused by the server", severity: "bad" });
  expect(notice.body).toContain("Guest 100 is locked (backup).");
});

test("every end has words of its own", () => {
  const ends = jobStates.filter((state: JobState) => !isOpen(state));
  const titles = ends.map((state) => noticeOf(job({ state })).title);
  expect(new Set(titles).size).toBe(ends.length);
  expect(titles.filter((title) => title.includes("notice.") || title.includes("{"))).toEqual([]);
});

test("history that is only shown again is no news, an end during our absence is", () => {
  const { tell, notices } = start(true, ["01JABCDEFGHJKMNPQRSTVWXYZ0"]);
  tell(job({ state: "succeeded", id: job().id.replace("Z0", "Z1") as Job["id"] }));
  expect(notices).toEqual([]);
  tell(job({ state: "failed" }));
  expect(notices).toHaveLength(1);
});

test("nothing is told where the user switched it off or the notifier was stopped", () => {
  const quiet = start(false);
  quiet.tell(job());
  quiet.tell(job({ state: "failed" }));
  expect(quiet.notices).toEqual([]);
  const stopped = start();
  stopped.tell(job());
  stopped.stop();
  stopped.tell(job({ state: "failed" }));
  expect(stopped.notices).toEqual([]);
});

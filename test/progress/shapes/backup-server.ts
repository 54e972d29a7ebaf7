import type { Shape } from "./shape.ts";

/** Tasks of a backup server, stamped with their zone. */
export const backupServerShapes: readonly Shape[] = [
  {
    name: "a verification that only lists what it found bad",
    kind: "pbs-verificationjob",
    log: `2026-06-01T02:00:00-05:00: Starting datastore verify job 'vault:nightly'
2026-06-01T02:00:00-05:00: task triggered by schedule 'daily'
2026-06-01T02:00:00-05:00: verify datastore vault
2026-06-01T02:00:00-05:00: using 1 read and 4 verify thread(s)
2026-06-01T02:00:00-05:00: found 2 groups
2026-06-01T02:00:00-05:00: verify group vault:vm/950 (2 snapshots)
2026-06-01T02:00:00-05:00: verify vault:vm/950/2026-05-31T22:00:00Z
2026-06-01T02:00:00-05:00:   check qemu-server.conf.blob
2026-06-01T02:00:00-05:00:   check drive-scsi0.img.fidx
2026-06-01T02:00:31-05:00:   verified 3072.00/8192.00 MiB in 31.00 seconds, speed 99.10/264.26 MiB/s (0 errors)
2026-06-01T02:00:31-05:00: percentage done: 25.00% (0/2 groups, 1/2 snapshots in group #1)
2026-06-01T02:00:31-05:00: verify vault:vm/950/2026-05-30T22:00:00Z
2026-06-01T02:00:40-05:00: percentage done: 50.00% (1/2 groups)
2026-06-01T02:00:40-05:00: verify group vault:ct/951 (1 snapshots)
2026-06-01T02:00:40-05:00: SKIPPED: verify vault:ct/951/2026-05-31T22:00:00Z (recently verified)
2026-06-01T02:00:40-05:00: percentage done: 100.00% (2/2 groups)
2026-06-01T02:00:40-05:00: Failed to verify the following snapshots/groups:
2026-06-01T02:00:40-05:00: 	vm/950/2026-05-30T22:00:00Z
2026-06-01T02:00:40-05:00: TASK ERROR: verification failed - please check the log for details`,
    expected: {
      finalStatus: "verification failed - please check the log for details",
      percentMax: 100,
      durationSeconds: 40,
      guests: [
        { vmid: 950, type: "vm", status: "error" },
        { vmid: 951, type: "ct", status: "ok" },
      ],
    },
  },
  {
    name: "a verification of one group that was stopped",
    kind: "pbs-verify",
    log: `2026-06-02T02:00:00Z: verify group vault:team/a:ct/952 (3 snapshots)
2026-06-02T02:00:00Z: verify vault:team/a:ct/952/2026-05-31T22:00:00Z
2026-06-02T02:00:04Z: percentage done: 33.33% (1/3 snapshots)
2026-06-02T02:00:04Z: received abort request ...
2026-06-02T02:00:05Z: TASK ERROR: abort requested - aborting task`,
    expected: {
      finalStatus: "abort requested - aborting task",
      percentMax: 33.33,
      durationSeconds: 5,
      guests: [{ vmid: 952, type: "ct", status: "error", outcome: "aborted" }],
    },
  },
  {
    name: "a garbage collection, whole",
    kind: "pbs-garbage_collection",
    log: `2026-06-03T00:00:00+02:00: starting garbage collection on store vault
2026-06-03T00:00:00+02:00: Access time update check successful, proceeding with GC.
2026-06-03T00:00:00+02:00: Using access time cutoff 1d 5m, minimum access time is 2026-06-01T21:55:00Z
2026-06-03T00:00:00+02:00: Start GC phase1 (mark used chunks)
2026-06-03T00:00:09+02:00: marked 50% (10 of 20 index files)
2026-06-03T00:00:19+02:00: warning: unable to access non-existent chunk 00ff, required by "/mnt/vault/vm/1/x.fidx"
2026-06-03T00:00:20+02:00: marked 100% (20 of 20 index files)
2026-06-03T00:00:20+02:00: Start GC phase2 (sweep unused chunks)
2026-06-03T00:00:30+02:00: processed 50% (1234 chunks)
2026-06-03T00:00:40+02:00: processed 99% (2468 chunks)
2026-06-03T00:00:41+02:00: Removed garbage: 1.021 GiB
2026-06-03T00:00:41+02:00: Removed chunks: 321
2026-06-03T00:00:41+02:00: Original data usage: 2.5 TiB
2026-06-03T00:00:41+02:00: On-Disk usage: 210.5 GiB (8.22%)
2026-06-03T00:00:41+02:00: Deduplication factor: 12.16
2026-06-03T00:00:41+02:00: TASK WARNINGS: 1`,
    expected: {
      finalStatus: "WARNINGS: 1",
      percentMax: 100,
      durationSeconds: 41,
      guests: [],
      warnings: ["~unable to access non-existent chunk"],
    },
  },
  {
    name: "a prune job",
    kind: "pbs-prunejob",
    log: `2026-06-04T00:00:00+02:00: prune job 'default-vault'
2026-06-04T00:00:00+02:00: task triggered by schedule 'daily'
2026-06-04T00:00:00+02:00: Starting datastore prune on datastore 'vault', root namespace, down to full depth
2026-06-04T00:00:00+02:00: retention options: --keep-last 2
2026-06-04T00:00:00+02:00: Pruning group :"ct/953"
2026-06-04T00:00:00+02:00: keep ct/953/2026-06-03T22:00:00Z
2026-06-04T00:00:01+02:00: remove ct/953/2026-06-01T22:00:00Z
2026-06-04T00:00:01+02:00: TASK OK`,
    expected: { finalStatus: "OK", percentMax: null, durationSeconds: 1, guests: [] },
  },
  {
    name: "a pull with a group that failed",
    kind: "pbs-syncjob",
    log: `2026-06-05T00:00:00+02:00: Starting datastore sync job 'far:store:vault:team:s-1'
2026-06-05T00:00:00+02:00: sync datastore 'vault' from 'far/store'
2026-06-05T00:00:00+02:00: ----
2026-06-05T00:00:00+02:00: Syncing datastore 'store', root namespace into datastore 'vault', namespace 'team'
2026-06-05T00:00:00+02:00: found 2 groups to sync (out of 5 total)
2026-06-05T00:00:00+02:00: sync snapshot vm/954/2026-06-04T22:00:00Z
2026-06-05T00:00:00+02:00: sync archive drive-scsi0.img.fidx
2026-06-05T00:00:10+02:00: downloaded 1.5 GiB (150.2 MiB/s)
2026-06-05T00:00:10+02:00: percentage done: 50.00% (1/2 groups)
2026-06-05T00:00:11+02:00: sync group ct/955 failed - connection reset
2026-06-05T00:00:11+02:00: Finished syncing root namespace, current progress: 1 groups, 1 snapshots
2026-06-05T00:00:11+02:00: Summary: sync job pulled 1.5 GiB in 400 chunks (average rate: 150.2 MiB/s)
2026-06-05T00:00:11+02:00: sync job 'far:store:vault:team:s-1' end
2026-06-05T00:00:11+02:00: TASK ERROR: sync failed with some errors.`,
    expected: {
      finalStatus: "sync failed with some errors.",
      percentMax: 50,
      durationSeconds: 11,
      warnings: ["sync group ct/955 failed - connection reset"],
    },
  },
  {
    name: "a backup whose client vanished",
    kind: "pbs-backup",
    log: `2026-06-06T00:00:00+02:00: starting new backup on datastore 'vault' from ::ffff:192.0.2.4: "ns/team/vm/956/2026-06-05T22:00:00Z"
2026-06-06T00:00:00+02:00: created new fixed index 1 ("ns/team/vm/956/2026-06-05T22:00:00Z/drive-scsi0.img.fidx")
2026-06-06T00:00:42+02:00: backup ended and finish failed: backup ended but finished flag is not set.
2026-06-06T00:00:42+02:00: removing unfinished backup
2026-06-06T00:00:42+02:00: TASK ERROR: backup ended but finished flag is not set.`,
    expected: {
      finalStatus: "backup ended but finished flag is not set.",
      durationSeconds: 42,
      guests: [
        {
          vmid: 956,
          type: "vm",
          status: "error",
          error: "finished flag is not set",
          archive: "ns/team/vm/956/2026-06-05T22:00:00Z",
        },
      ],
    },
  },
  {
    name: "a reader",
    kind: "pbs-reader",
    log: `2026-06-07T00:00:00+02:00: starting new backup reader datastore 'vault': "/mnt/vault/ct/957/2026-06-05T22:00:00Z"
2026-06-07T00:00:00+02:00: protocol upgrade done
2026-06-07T00:00:00+02:00: GET /download
2026-06-07T00:00:30+02:00: reader finished successfully
2026-06-07T00:00:30+02:00: TASK OK`,
    expected: {
      finalStatus: "OK",
      durationSeconds: 30,
      guests: [{ vmid: 957, type: "ct", status: "ok" }],
    },
  },
];

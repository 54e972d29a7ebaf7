import type { Shape } from "./shape.ts";

const GIB = 1024 ** 3;

/** Restores, clones, moves, migrations and snapshots of single guests. */
export const guestShapes: readonly Shape[] = [
  {
    name: "a restore from a backup server, two disks, one of a new client",
    kind: "qmrestore",
    log: `new volume ID is 'fast:vm-905-disk-0'
new volume ID is 'fast:vm-905-disk-1'
restore proxmox backup image: /usr/bin/pbs-restore --repository u@pbs@192.0.2.9:vault vm/900/2026-02-01T00:00:00Z drive-efidisk0.img.fidx /dev/fast/vm-905-disk-0 --verbose --format raw --skip-zero
connecting to repository 'u@pbs@192.0.2.9:vault'
using up to 4 threads
open block backend for target '/dev/fast/vm-905-disk-0'
starting to restore snapshot 'vm/900/2026-02-01T00:00:00Z'
download and verify backup index
progress 100% (read 4194304 bytes, zeroes = 0% (0 bytes), duration 0 sec)
restore image complete (bytes=4194304, duration=0.05s, speed=80.00MB/s)
restore proxmox backup image: /usr/bin/pbs-restore --repository u@pbs@192.0.2.9:vault vm/900/2026-02-01T00:00:00Z drive-scsi0.img.fidx /dev/fast/vm-905-disk-1 --verbose --format raw --skip-zero
connecting to repository 'u@pbs@192.0.2.9:vault'
fetching up to 16 chunks in parallel
progress 1% (read 88080384 bytes, zeroes = 4% (4194304 bytes), nonzero writes = 20, chunks fetched = 20, duration 1 sec)
progress 100% (read 8589934592 bytes, zeroes = 60% (5153960756 bytes), nonzero writes = 900, chunks fetched = 820, duration 40 sec)
restore image complete (bytes=8589934592, avg fetch time=1.2000ms, avg time per nonzero write=0.5000ms, storage nonzero total write time=0.450s, duration=40.31s, speed=203.23MB/s)
rescan volumes...
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: 100,
      bytesTotal: 8_589_934_592 + 4_194_304,
      guests: [{ vmid: 905, type: "qemu", status: "ok", durationSeconds: 40 }],
    },
  },
  {
    name: "a live-restore that went well",
    kind: "qmrestore",
    log: `new volume ID is 'fast:vm-906-disk-0'
rescan volumes...
VM is locked (create)
starting VM for live-restore
repository: 'u@pbs@192.0.2.9:vault', snapshot: 'vm/906/2026-02-01T00:00:00Z'
restoring 'drive-scsi0' to 'fast:vm-906-disk-0'
restore-drive-scsi0: transferred 0.0 B of 45.0 GiB (0.00%) in 0s
restore-drive-scsi0: transferred 22.8 GiB of 45.0 GiB (50.62%) in 3m 34s
restore-drive-scsi0: transferred 45.0 GiB of 45.0 GiB (100.00%) in 7m 2s, ready
restore-drive-scsi0: stream-job finished
restore-drive jobs finished successfully, removing all tracking block devices to disconnect from Proxmox Backup Server
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: 100,
      bytesTotal: 45 * GIB,
      guests: [{ vmid: 906, status: "ok" }],
    },
  },
  {
    name: "a restore over a running guest",
    kind: "qmrestore",
    log: `TASK ERROR: unable to restore VM 907 - vm is running`,
    expected: {
      finalStatus: "unable to restore VM 907 - vm is running",
      percentMax: null,
      guests: [{ vmid: 907, type: "qemu", status: "error", error: "vm is running" }],
    },
  },
  {
    name: "a restore of an archive that ends in the middle",
    kind: "qmrestore",
    log: `restore vma archive: zstd -q -d -c /srv/dump/vzdump-qemu-908-2026_01_01-00_00_00.vma.zst | vma extract -v -r /var/tmp/vzdumptmp1.fifo - /var/tmp/vzdumptmp1
CFG: size: 512 name: qemu-server.conf
DEV: dev_id=1 size: 540672 devname: drive-efidisk0
DEV: dev_id=2 size: 10737418240 devname: drive-scsi0
CTIME: Thu Jan  1 00:00:00 2026
new volume ID is 'fast:vm-909-disk-0'
new volume ID is 'fast:vm-909-disk-1'
map 'drive-efidisk0' to '/dev/fast/vm-909-disk-0' (write zeros = 0)
map 'drive-scsi0' to '/dev/fast/vm-909-disk-1' (write zeros = 0)
progress 1% (read 107413504 bytes, duration 1 sec)
progress 2% (read 214827008 bytes, duration 2 sec)
zstd: /*stdin*\\: Read error (39) : premature end
vma: restore failed - short vma extent (1179648 < 3797504)
temporary volume 'fast:vm-909-disk-0' successfully removed
temporary volume 'fast:vm-909-disk-1' successfully removed
no lock found trying to remove 'create'  lock
error before or during data restore, some or all disks were not completely restored. VM 909 state is NOT cleaned up.
TASK ERROR: command 'set -o pipefail && zstd -q -d -c /srv/dump/x.vma.zst | vma extract -v -r /var/tmp/vzdumptmp1.fifo - /var/tmp/vzdumptmp1' failed: exit code 133`,
    expected: {
      percentMax: 2,
      bytesTotal: 10_737_418_240 + 540_672,
      error: "~short vma extent",
      guests: [{ vmid: 909, type: "qemu", status: "error", error: "short vma extent" }],
    },
  },
  {
    name: "a container's restore that may not make devices",
    kind: "vzrestore",
    log: `recovering backed-up configuration from 'attic:backup/vzdump-lxc-910-2026_01_01-00_00_00.tar.zst'
  Logical volume "vm-911-disk-0" created.
Creating filesystem with 2097152 4k blocks and 524288 inodes
restoring 'attic:backup/vzdump-lxc-910-2026_01_01-00_00_00.tar.zst' now..
extracting archive '/srv/attic/dump/vzdump-lxc-910-2026_01_01-00_00_00.tar.zst'
tar: ./dev/null: Cannot mknod: Operation not permitted
Total bytes read: 1181116416 (1.2GiB, 97MiB/s)
tar: Exiting with failure status due to previous errors
  Logical volume "vm-911-disk-0" successfully removed.
TASK ERROR: unable to restore CT 911 - command 'lxc-usernsexec -m u:0:100000:65536 -- tar xpf - ' failed: exit code 2`,
    expected: {
      percentMax: null,
      bytesTotal: 1_181_116_416,
      guests: [{ vmid: 911, type: "lxc", status: "error", error: "exit code 2" }],
    },
  },
  {
    name: "a moved disk, from its first line on",
    kind: "qmmove",
    log: `create full clone of drive scsi0 (slow:vm-915-disk-0)
  Logical volume "vm-915-disk-1" created.
drive mirror is starting for drive-scsi0 with bandwidth limit: 51200 KiB/s
mirror-scsi0: transferred 0.0 B of 32.0 GiB (0.00%) in 0s
mirror-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 5m 28s
mirror-scsi0: transferred 32.1 GiB of 32.1 GiB (100.00%) in 10m 59s, ready
all 'mirror' jobs are ready
mirror-scsi0: Completing block job...
mirror-scsi0: Completed successfully.
mirror-scsi0: mirror-job finished
  Logical volume "vm-915-disk-0" successfully removed.
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: 100,
      bytesTotal: Math.round(32.1 * GIB),
      guests: [{ vmid: 915, type: "qemu", status: "ok", durationSeconds: 659, disk: "mirror-scsi0" }],
    },
  },
  {
    name: "a clone of a running guest",
    kind: "qmclone",
    log: `create full clone of drive scsi0 (fast:vm-916-disk-0)
  Logical volume "vm-917-disk-0" created.
drive mirror is starting for drive-scsi0
drive-scsi0: transferred 2.0 GiB of 4.0 GiB (50.00%) in 9s
drive-scsi0: transferred 4.0 GiB of 4.0 GiB (100.00%) in 19s, ready
all 'mirror' jobs are ready
drive-scsi0: Cancelling block job
drive-scsi0: Done.
TASK OK`,
    expected: { finalStatus: "OK", percentMax: 100, bytesTotal: 4 * GIB },
  },
  {
    name: "an offline clone of an old server",
    kind: "qmclone",
    log: `create full clone of drive virtio0 (fast:base-918-disk-0)
transferred: 0 bytes remaining: 8589934592 bytes total: 8589934592 bytes progression: 0.00 %
transferred: 4294967296 bytes remaining: 4294967296 bytes total: 8589934592 bytes progression: 50.00 %
transferred: 8589934592 bytes remaining: 0 bytes total: 8589934592 bytes progression: 100.00 %
TASK OK`,
    expected: { finalStatus: "OK", percentMax: 100, bytesTotal: 8_589_934_592 },
  },
  {
    name: "a migration with a local disk and much memory sent twice",
    kind: "qmigrate",
    log: `2026-05-01 10:00:00 starting migration of VM 920 to node 'beta' (192.0.2.20)
2026-05-01 10:00:00 found local disk 'fast:vm-920-disk-0' (attached)
2026-05-01 10:00:00 starting VM 920 on remote node 'beta'
2026-05-01 10:00:03 volume 'fast:vm-920-disk-0' is 'fast:vm-920-disk-0' on the target
2026-05-01 10:00:03 start remote tunnel
2026-05-01 10:00:04 ssh tunnel ver 1
2026-05-01 10:00:04 starting storage migration
2026-05-01 10:00:04 scsi0: start migration to nbd:unix:/run/qemu-server/920_nbd.migrate:exportname=drive-scsi0
drive mirror is starting for drive-scsi0
mirror-scsi0: transferred 5.0 GiB of 10.0 GiB (50.00%) in 20s
mirror-scsi0: transferred 10.0 GiB of 10.0 GiB (100.00%) in 40s, ready
all 'mirror' jobs are ready
2026-05-01 10:00:45 switching mirror jobs to actively synced mode
2026-05-01 10:00:46 starting online/live migration on unix:/run/qemu-server/920.migrate
2026-05-01 10:00:46 migration downtime limit: 100 ms
2026-05-01 10:00:46 migration cachesize: 512.0 MiB
2026-05-01 10:00:47 migration active, transferred 400.0 MiB of 4.0 GiB VM-state, 420.0 MiB/s
2026-05-01 10:00:58 migration active, transferred 4.4 GiB of 4.0 GiB VM-state, 410.0 MiB/s, VM dirties lots of memory: 200.0 MiB/s
2026-05-01 10:00:59 average migration speed: 320.0 MiB/s - downtime 81 ms
2026-05-01 10:00:59 migration completed, transferred 4.5 GiB VM-state
2026-05-01 10:01:04 migration finished successfully (duration 00:01:04)
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: 100,
      durationSeconds: 64,
      guests: [
        { vmid: 920, type: "qemu", status: "ok", target: "beta", downtimeMs: 81, durationSeconds: 64 },
      ],
    },
  },
  {
    name: "a container that is shut down, copied and started elsewhere",
    kind: "vzmigrate",
    log: `2026-05-02 11:30:01 shutdown CT 921
2026-05-02 11:30:09 starting migration of CT 921 to node 'beta' (192.0.2.20)
2026-05-02 11:30:09 found local volume 'fast:vm-921-disk-0' (in current VM config)
  Logical volume "vm-921-disk-0" created.
2026-05-02 11:30:12 1073741824 bytes (1.1 GB, 1.0 GiB) copied, 10 s, 107 MB/s
2026-05-02 11:32:40 volume 'fast:vm-921-disk-0' is 'fast:vm-921-disk-0' on the target
2026-05-02 11:32:44 start final cleanup
2026-05-02 11:32:45 start container on target node
2026-05-02 11:32:48 migration finished successfully (duration 00:02:47)
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: null,
      durationSeconds: 167,
      guests: [{ vmid: 921, type: "lxc", status: "ok", target: "beta", durationSeconds: 167 }],
    },
  },
  {
    name: "a container's migration that a storage refused",
    kind: "vzmigrate",
    log: `2026-05-03 10:00:03 starting migration of CT 922 to node 'beta' (192.0.2.20)
2026-05-03 10:00:04 ERROR: storage 'fast' is not available on node 'beta'
2026-05-03 10:00:04 aborting phase 1 - cleanup resources
2026-05-03 10:00:04 start final cleanup
2026-05-03 10:00:04 ERROR: migration aborted (duration 00:00:01): storage 'fast' is not available on node 'beta'
TASK ERROR: migration aborted`,
    expected: {
      finalStatus: "migration aborted",
      error: "storage 'fast' is not available on node 'beta'",
      durationSeconds: 1,
      guests: [{ vmid: 922, type: "lxc", status: "error", outcome: "failed", target: "beta" }],
    },
  },
  {
    name: "a request to the HA manager: nothing has moved yet",
    kind: "hamigrate",
    log: `Requesting HA migration for VM 923 to node beta
TASK OK`,
    expected: { finalStatus: "OK", guests: [{ vmid: 923, type: "qemu", status: "unknown", target: "beta" }] },
  },
  {
    name: "a snapshot with memory that takes more than a minute",
    kind: "qmsnapshot",
    log: `  Logical volume "vm-925-state-before" created.
saving VM state and RAM using storage 'fast'
4.01 MiB in 0s
1.20 GiB in 1s
7.93 GiB in 59s
reducing reporting rate to every 10s
9.10 GiB in 1m 10s
completed saving the VM state in 1m 14s, saved 9.61 GiB
snapshotting 'drive-scsi0' (fast:vm-925-disk-0)
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: null,
      bytesTotal: Math.round(9.61 * GIB),
      guests: [{ vmid: 925, type: "qemu", status: "ok", durationSeconds: 74 }],
    },
  },
  {
    name: "all guests of a cluster are started, one cannot",
    kind: "bulk-start",
    log: `Starting all guests
Starting VM 930
Waiting for 5 seconds (startup delay)
WARN: Skipping CT 931, already running.
Starting VM 932
WARN: Starting VM 932 failed: start failed: QEMU exited with code 1
TASK ERROR: Some guests failed to start: 932`,
    expected: {
      warnings: ["Skipping CT 931, already running.", "~Starting VM 932 failed"],
      guests: [
        { vmid: 930, status: "unknown" },
        { vmid: 931, type: "lxc", status: "skipped" },
        { vmid: 932, status: "error", error: "QEMU exited with code 1" },
      ],
    },
  },
  {
    name: "an upload",
    kind: "imgcopy",
    log: `starting file import from: /var/tmp/pveupload-0123456789abcdef0123456789abcdef
target node: alpha
target file: /var/lib/vz/template/iso/installer.iso
file size is: 1.23 GiB
calculating checksum...OK, checksum verified
command: cp -- /var/tmp/pveupload-0123456789abcdef0123456789abcdef /var/lib/vz/template/iso/installer.iso
finished file import successfully
TASK OK`,
    expected: { finalStatus: "OK", percentMax: null, bytesTotal: Math.round(1.23 * GIB), guests: [] },
  },
];

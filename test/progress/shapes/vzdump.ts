import type { Shape } from "./shape.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Backups by vzdump: what breaks off, falls back, fails late, comes by mail or from an old server. */
export const vzdumpShapes: readonly Shape[] = [
  {
    name: "stopped by hand in the second guest",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 801 802 803 --mode snapshot --storage attic --compress 0
INFO: Starting Backup of VM 801 (lxc)
INFO: Backup started at 2026-03-01 01:00:00
INFO: status = stopped
INFO: backup mode: stop
INFO: CT Name: mill
INFO: including mount point rootfs ('/') in backup
INFO: creating vzdump archive '/srv/attic/dump/vzdump-lxc-801-2026_03_01-01_00_00.tar'
INFO: Total bytes written: 209715200 (200MiB, 40MiB/s)
INFO: archive file size: 200MB
INFO: Finished Backup of VM 801 (00:00:06)
INFO: Backup finished at 2026-03-01 01:00:06
INFO: Starting Backup of VM 802 (qemu)
INFO: Backup started at 2026-03-01 01:00:07
INFO: status = stopped
INFO: backup mode: stop
INFO: VM Name: weir
INFO: include disk 'scsi0' 'fast:vm-802-disk-0' 2G
INFO: creating vzdump archive '/srv/attic/dump/vzdump-qemu-802-2026_03_01-01_00_07.vma'
INFO: starting kvm to execute backup task
INFO: started backup task '00000000-0000-4000-8000-000000000802'
INFO:   4% (96.0 MiB of 2.0 GiB) in 3s, read: 32.0 MiB/s, write: 31.0 MiB/s
ERROR: interrupted by signal
INFO: aborting backup job
INFO: stopping kvm after backup task
trying to acquire lock...
 OK
ERROR: Backup of VM 802 failed - interrupted by signal
INFO: Failed at 2026-03-01 01:00:14
ERROR: Backup job failed - interrupted by signal
INFO: notified via target \`mail-to-root\`
TASK ERROR: interrupted by signal`,
    expected: {
      finalStatus: "interrupted by signal",
      percentMax: 4,
      bytesTotal: 200 * MIB + 2 * GIB,
      durationSeconds: 14,
      error: "interrupted by signal",
      guests: [
        { vmid: 801, type: "lxc", status: "ok", durationSeconds: 6, archiveSizeText: "200MB" },
        {
          vmid: 802,
          type: "qemu",
          status: "error",
          outcome: "aborted",
          durationSeconds: 7,
          error: "interrupted by signal",
        },
      ],
    },
  },
  {
    name: "killed while a container was packed: no word of the guest",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 805 --mode suspend --storage attic
INFO: Starting Backup of VM 805 (lxc)
INFO: Backup started at 2026-03-01 02:00:00
INFO: status = running
INFO: CT Name: lock
INFO: including mount point rootfs ('/') in backup
INFO: creating vzdump archive '/srv/attic/dump/vzdump-lxc-805-2026_03_01-02_00_00.tar'
ERROR: Backup job failed - interrupted by signal
TASK ERROR: interrupted by signal`,
    expected: {
      finalStatus: "interrupted by signal",
      percentMax: null,
      guests: [{ vmid: 805, status: "error", outcome: "aborted", error: "interrupted by signal" }],
    },
  },
  {
    name: "pruning fails when the data is safe; the reason stands in the line before",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 810 --storage vault --prune-backups 'keep-daily=2,keep-last=3' --mode snapshot
INFO: Starting Backup of VM 810 (qemu)
INFO: Backup started at 2026-03-02 03:00:00
INFO: status = stopped
INFO: backup mode: stop
INFO: VM Name: sluice
INFO: include disk 'scsi0' 'pool:vm-810-disk-0' 1G
INFO: creating Proxmox Backup Server archive 'vm/810/2026-03-02T02:00:00Z'
INFO: starting kvm to execute backup task
INFO: starting backup via QMP command
INFO: started backup task '00000000-0000-4000-8000-000000000810'
INFO: scsi0: dirty-bitmap status: created new
INFO: 100% (1.0 GiB of 1.0 GiB) in 1s, read: 1.0 GiB/s, write: 0 B/s
INFO: backup is sparse: 1.00 GiB (100%) total zero data
INFO: backup was done incrementally, reused 1.00 GiB (100%)
INFO: transferred 1.00 GiB in 1 seconds (1.0 GiB/s)
INFO: stopping kvm after backup task
INFO: adding notes to backup
INFO: prune older backups with retention: keep-daily=2, keep-last=3
INFO: running 'proxmox-backup-client prune' for 'vm/810'
ERROR: prune 'vm/810': proxmox-backup-client failed: Error: permission check failed
ERROR: Backup of VM 810 failed - error pruning backups - check log
INFO: Failed at 2026-03-02 03:00:04
INFO: Backup job finished with errors
INFO: notified via target \`mail-to-root\`
TASK ERROR: job errors`,
    expected: {
      finalStatus: "job errors",
      percentMax: 100,
      bytesTotal: GIB,
      durationSeconds: 4,
      error: "error pruning backups - check log",
      guests: [
        {
          vmid: 810,
          type: "qemu",
          name: "sluice",
          status: "error",
          durationSeconds: 4,
          error: "error pruning backups - check log",
          errorDetail: ["prune 'vm/810': proxmox-backup-client failed: Error: permission check failed"],
          archive: "vm/810/2026-03-02T02:00:00Z",
          reusedPercent: 100,
        },
      ],
    },
  },
  {
    name: "all guests of a node, two lost, padded durations, guests elsewhere left out",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump --all 1 --quiet 1 --mode snapshot --storage 'far away' --mailto root@example.com
INFO: skip external VMs: 820, 829
INFO: filesystem type on dumpdir is 'cifs' -using /var/tmp/vzdumptmp1_821 for temporary files
INFO: Starting Backup of VM 821 (lxc)
INFO: Backup started at 2021-01-10 02:30:02
INFO: status = running
INFO: CT Name: a.example.com
INFO: including mount point rootfs ('/') in backup
INFO: including mount point mp0 ('/opt/data/') in backup
INFO: backup mode: snapshot
INFO: ionice priority: 7
INFO: suspend vm to make snapshot
INFO: create storage snapshot 'vzdump'
INFO: resume vm
INFO: guest is online again after <1 seconds
INFO: creating vzdump archive '/mnt/pve/far/dump/vzdump-lxc-821-2021_01_10-02_30_02.tar.zst'
INFO: Total bytes written: 1073741824 (1.0GiB, 79MiB/s)
INFO: zstd: /*stdout*\\: Input/output error
INFO: remove vzdump snapshot
ERROR: Backup of VM 821 failed - command 'set -o pipefail && tar cpf - ./ | zstd >/mnt/pve/far/dump/vzdump-lxc-821.tar.dat' failed: exit code 1
INFO: Failed at 2021-01-10 02:31:32
INFO: filesystem type on dumpdir is 'cifs' -using /var/tmp/vzdumptmp1_822 for temporary files
INFO: Starting Backup of VM 822 (qemu)
INFO: Backup started at 2021-01-10 02:31:33
INFO: status = running
INFO: VM Name: b.example.com
INFO: include disk 'scsi0' 'zfs:vm-822-disk-0' 9G
INFO: backup mode: snapshot
INFO: creating vzdump archive '/mnt/pve/far/dump/vzdump-qemu-822-2021_01_10-02_31_33.vma.zst'
INFO: issuing guest-agent 'fs-freeze' command
INFO: issuing guest-agent 'fs-thaw' command
INFO: started backup task '00000000-0000-4000-8000-000000000822'
INFO: resuming VM again
INFO:  15% (1.4 GiB of 9.0 GiB) in  3s, read: 481.3 MiB/s, write: 45.3 MiB/s
INFO:  63% (5.7 GiB of 9.0 GiB) in  1m  0s, read: 65.3 MiB/s, write: 0 B/s
INFO: 100% (9.0 GiB of 9.0 GiB) in  1m 44s, read: 34.7 MiB/s, write: 0 B/s
INFO: backup is sparse: 2.92 GiB (32%) total zero data
INFO: transferred 9.00 GiB in 105 seconds (87.8 MiB/s)
INFO: archive file size: 3.42GB
INFO: Finished Backup of VM 822 (00:01:46)
INFO: Backup finished at 2021-01-10 02:33:19
ERROR: Backup of VM 823 failed - unable to find VM '823'
INFO: Failed at 2021-01-10 02:33:19
INFO: Backup job finished with errors

TASK ERROR: job errors`,
    expected: {
      finalStatus: "job errors",
      percentMax: 100,
      bytesTotal: 10 * GIB,
      durationSeconds: 197,
      guests: [
        { vmid: 821, type: "lxc", status: "error", durationSeconds: 90, error: "command 'set -o pipefail" },
        { vmid: 822, type: "qemu", status: "ok", durationSeconds: 106, archiveSizeText: "3.42GB" },
        { vmid: 823, type: null, status: "error", durationSeconds: null, error: "unable to find VM '823'" },
      ],
    },
  },
  {
    name: "warnings, and a container whose mode falls back",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 830 831 --fleecing 1,storage=fast --storage vault --mode snapshot
INFO: Starting Backup of VM 830 (qemu)
INFO: Backup started at 2026-04-01 00:00:00
INFO: status = running
INFO: VM Name: ferry
INFO: include disk 'efidisk0' 'fast:vm-830-disk-0' 528K
INFO: include disk 'scsi0' 'fast:vm-830-disk-1' 20G
WARN: EFI disk without 'ms-cert=2023k' option, suggesting that not all certificates are enrolled
INFO: backup mode: snapshot
INFO: ionice priority: 7
INFO: creating Proxmox Backup Server archive 'vm/830/2026-03-31T22:00:00Z'
INFO: drive-scsi0: attaching fleecing image fast:vm-830-fleece-0 to QEMU
INFO: skipping guest filesystem freeze - guest agent configured but not running
INFO: started backup task '00000000-0000-4000-8000-000000000830'
INFO: efidisk0: dirty-bitmap status: OK (drive clean)
INFO: scsi0: dirty-bitmap status: OK (1.5 GiB of 20.0 GiB dirty)
INFO: using fast incremental mode (dirty-bitmap), 1.5 GiB dirty of 20.0 GiB total
INFO:  66% (1.0 GiB of 1.5 GiB) in 3s, read: 341.3 MiB/s, write: 340.0 MiB/s
INFO: 100% (1.5 GiB of 1.5 GiB) in 6s, read: 170.7 MiB/s, write: 170.7 MiB/s
INFO: Waiting for server to finish backup validation...
INFO: backup was done incrementally, reused 18.50 GiB (92%)
INFO: transferred 1.50 GiB in 6 seconds (256.0 MiB/s)
WARN: error removing fleecing image 'fast:vm-830-fleece-0' - lvremove failed
INFO: adding notes to backup
INFO: Finished Backup of VM 830 (00:00:09)
INFO: Backup finished at 2026-04-01 00:00:09
INFO: Starting Backup of VM 831 (lxc)
INFO: Backup started at 2026-04-01 00:00:09
INFO: status = running
INFO: CT Name: quay
INFO: including mount point rootfs ('/') in backup
INFO: mode failure - some volumes do not support snapshots
INFO: trying 'suspend' mode instead
INFO: backup mode: suspend
INFO: ionice priority: 7
INFO: CT Name: quay
INFO: including mount point rootfs ('/') in backup
INFO: starting first sync /proc/99/root/ to /var/tmp/vzdumptmp9_831
INFO: first sync finished - transferred 558.25M bytes in 3s
INFO: suspending guest
INFO: starting final sync /proc/99/root/ to /var/tmp/vzdumptmp9_831
INFO: final sync finished - transferred 0 bytes in 1s
INFO: resuming guest
INFO: guest is online again after 1 seconds
INFO: creating Proxmox Backup Server archive 'ct/831/2026-03-31T22:00:09Z'
INFO: Starting backup: [team/a]:ct/831/2026-03-31T22:00:09Z
INFO: root.pxar: had to backup 0 B of 535.214 MiB (compressed 0 B) in 3.63 s (average 0 B/s)
INFO: root.pxar: backup was done incrementally, reused 535.214 MiB (100.0%)
INFO: Finished Backup of VM 831 (00:00:11)
INFO: Backup finished at 2026-04-01 00:00:20
INFO: Backup job finished successfully
TASK WARNINGS: 2`,
    expected: {
      finalStatus: "WARNINGS: 2",
      percentMax: 100,
      bytesTotal: 1.5 * GIB,
      durationSeconds: 20,
      error: null,
      warnings: [
        "EFI disk without 'ms-cert=2023k' option, suggesting that not all certificates are enrolled",
        "error removing fleecing image 'fast:vm-830-fleece-0' - lvremove failed",
      ],
      guests: [
        { vmid: 830, status: "ok", mode: "snapshot", reusedPercent: 92, durationSeconds: 9 },
        {
          vmid: 831,
          status: "ok",
          mode: "suspend",
          reusedPercent: 100,
          durationSeconds: 11,
          archive: "ct/831/2026-03-31T22:00:09Z",
        },
      ],
    },
  },
  {
    name: "the mail of a server up to PVE 8.0, two guests, one lost",
    kind: "vzdump-mail",
    log: `VMID    NAME      STATUS      TIME       SIZE        FILENAME
840     pier      OK      00:02:28       1.41GB      /srv/dump/vzdump-qemu-840-2020_05_01-00_00_02.vma.lzo
841     dock      FAILED      00:00:07       unable to activate storage
TOTAL                     00:02:35       1.41GB

Detailed backup logs:

vzdump 840 841 --mode snapshot --storage dump

840: 2020-05-01 00:00:02 INFO: Starting Backup of VM 840 (qemu)
840: 2020-05-01 00:00:02 INFO: status = running
840: 2020-05-01 00:00:03 INFO: VM Name: pier
840: 2020-05-01 00:00:04 INFO: creating archive '/srv/dump/vzdump-qemu-840-2020_05_01-00_00_02.vma.lzo'
840: 2020-05-01 00:00:08 INFO: status: 3% (1073741824/34359738368), sparse 1% (402653184), duration 4, read/write 256/170 MB/s
840: 2020-05-01 00:02:29 INFO: status: 100% (34359738368/34359738368), sparse 90% (30923764531), duration 145, read/write 400/0 MB/s
840: 2020-05-01 00:02:29 INFO: transferred 34359 MB in 145 seconds (236 MB/s)
840: 2020-05-01 00:02:30 INFO: archive file size: 1.41GB
840: 2020-05-01 00:02:30 INFO: Finished Backup of VM 840 (00:02:28)

841: 2020-05-01 00:02:30 INFO: Starting Backup of VM 841 (lxc)
841: 2020-05-01 00:02:30 INFO: status = running
841: 2020-05-01 00:02:31 INFO: CT Name: dock
841: 2020-05-01 00:02:37 ERROR: Backup of VM 841 failed - unable to activate storage`,
    expected: {
      finalStatus: null,
      percentMax: 100,
      bytesTotal: 34_359_738_368,
      durationSeconds: 155,
      guests: [
        { vmid: 840, type: "qemu", name: "pier", status: "ok", durationSeconds: 148 },
        { vmid: 841, type: "lxc", status: "error", durationSeconds: 7, error: "unable to activate storage" },
      ],
    },
  },
  {
    name: "the log of one guest, stamped like syslog, over the turn of the year",
    kind: "vzdump-guestlog",
    log: `Dec 31 23:59:30 INFO: Starting Backup of VM 845 (qemu)
Dec 31 23:59:30 INFO: status = running
Dec 31 23:59:31 INFO: update VM 845: -lock backup
Dec 31 23:59:31 INFO: backup mode: snapshot
Dec 31 23:59:31 INFO: ionice priority: 7
Dec 31 23:59:31 INFO: VM Name: eve
Dec 31 23:59:31 INFO: creating archive '/srv/dump/vzdump-qemu-845-2017_12_31-23_59_30.vma.lzo'
Dec 31 23:59:32 INFO: started backup task '00000000-0000-4000-8000-000000000845'
Dec 31 23:59:35 INFO: status: 10% (429981696/4294967296), sparse 0% (0), duration 3, 143/140 MB/s
Jan 01 00:00:10 ERROR: vma_queue_write: write error - Broken pipe
Jan 01 00:00:10 INFO: aborting backup job
Jan 01 00:00:12 ERROR: Backup of VM 845 failed - vma_queue_write: write error - Broken pipe`,
    expected: {
      finalStatus: null,
      percentMax: 10,
      bytesTotal: 4_294_967_296,
      guests: [
        {
          vmid: 845,
          name: "eve",
          status: "error",
          durationSeconds: 42,
          error: "vma_queue_write: write error - Broken pipe",
        },
      ],
    },
  },
  {
    name: "broken off before any guest",
    kind: "vzdump",
    log: `TASK ERROR: could not activate storage 'vault': vault: error fetching datastores - 500 Can't connect`,
    expected: {
      finalStatus: "could not activate storage 'vault': vault: error fetching datastores - 500 Can't connect",
      percentMax: null,
      guests: [],
    },
  },
  {
    name: "the node's lock was never got",
    kind: "vzdump",
    log: `INFO: trying to get global lock - waiting...
ERROR: can't acquire lock '/var/run/vzdump.lock' - got timeout
TASK ERROR: can't acquire lock '/var/run/vzdump.lock' - got timeout`,
    expected: {
      finalStatus: "can't acquire lock '/var/run/vzdump.lock' - got timeout",
      error: "can't acquire lock '/var/run/vzdump.lock' - got timeout",
      guests: [],
    },
  },
  {
    name: "a guest with no disks, by vma itself",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 850 --storage attic --compress zstd
INFO: Starting Backup of VM 850 (qemu)
INFO: Backup started at 2026-01-05 10:00:00
INFO: status = stopped
INFO: backup mode: stop
INFO: VM Name: bare
INFO: backup contains no disks
INFO: starting diskless backup
INFO: creating vzdump archive '/srv/attic/dump/vzdump-qemu-850-2026_01_05-10_00_00.vma.zst'
INFO: /usr/bin/vma create -v -c /srv/attic/tmp/qemu-server.conf exec:zstd --threads=1 > /srv/attic/dump/x.dat
INFO: archive file size: 0KB
INFO: Finished Backup of VM 850 (00:00:01)
INFO: Backup finished at 2026-01-05 10:00:01
INFO: Backup job finished successfully
TASK OK`,
    expected: {
      finalStatus: "OK",
      percentMax: null,
      guests: [{ vmid: 850, type: "qemu", status: "ok", durationSeconds: 1, archiveSizeText: "0KB" }],
    },
  },
  {
    name: "cut in the middle of a line, no end",
    kind: "vzdump",
    log: `INFO: starting new backup job: vzdump 855 --storage vault --mode snapshot
INFO: Starting Backup of VM 855 (qemu)
INFO: Backup started at 2026-01-06 10:00:00
INFO: status = running
INFO: VM Name: half
INFO: creating Proxmox Backup Server archive 'vm/855/2026-01-06T09:00:00Z'
INFO:   7% (7.1 GiB of 100.0 GiB) in 1m 3s, read: 100.0 MiB/s, write: 98.0 MiB/s
INFO:   8% (8.1 GiB of 100.`,
    expected: {
      finalStatus: null,
      percentMax: 7,
      bytesTotal: 100 * GIB,
      guests: [{ vmid: 855, type: "qemu", name: "half", status: "running", durationSeconds: null }],
    },
  },
];

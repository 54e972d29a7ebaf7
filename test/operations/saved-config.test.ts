import { expect, test } from "vitest";

import { parseSavedConfig } from "../../electron/operations/saved-config.ts";

test("a saved configuration is read up to its snapshots, without CDs and bind mounts", () => {
  const text = [
    "#a note",
    "boot: order=scsi0",
    "cores: 2",
    "sockets: 2",
    "ide2: local:iso/debian.iso,media=cdrom,size=600M",
    "memory: 2048",
    "mp0: /srv/data,mp=/data",
    "name: web",
    "scsi0: ceph-vm:vm-100-disk-0,iothread=1,size=32G",
    "scsi1: none",
    "[before]",
    "memory: 512",
    "scsi5: old:vm-100-disk-9,size=1G",
    "#qmdump#map:scsi0:drive-scsi0:local:qcow2:",
  ].join("\n");
  expect(parseSavedConfig(text)).toEqual({
    name: "web",
    memory: 2048 * 1024 * 1024,
    cores: 4,
    disks: [{ key: "scsi0", storage: "ceph-vm", size: "32G" }],
  });
  expect(parseSavedConfig("")).toEqual({ name: "", memory: null, cores: null, disks: [] });
});

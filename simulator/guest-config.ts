import { createHash } from "node:crypto";
import { configSize } from "./format.ts";
import { createRandom } from "./random.ts";
import type { Guest } from "./world.ts";

type Config = Record<string, string | number>;

function disksOf(guest: Guest): Config {
  return Object.fromEntries(
    guest.disks.map((disk) => [
      disk.key,
      `${disk.storage}:${disk.volume}${disk.options ? `,${disk.options}` : ""},size=${configSize(disk.size)}`,
    ]),
  );
}

const shared = (guest: Guest): Config => ({
  ...(guest.tags.length > 0 ? { tags: guest.tags.toSorted().join(";") } : {}),
  ...(guest.description === null ? {} : { description: guest.description }),
  ...(guest.protection ? { protection: 1 } : {}),
  ...(guest.template ? { template: 1 } : {}),
});

function qemuConfig(guest: Guest): Config {
  const random = createRandom(guest.vmid);
  const first = guest.disks[0]?.key;
  return {
    ...shared(guest),
    name: guest.name,
    ...(guest.agent ? { agent: "1" } : {}),
    ...(first === undefined ? {} : { boot: `order=${first}` }),
    cores: guest.cores,
    memory: String(guest.memory),
    meta: `creation-qemu=10.1.2,ctime=${guest.createdAt}`,
    net0: `virtio=${guest.mac},bridge=vmbr0`,
    ostype: "l26",
    scsihw: "virtio-scsi-single",
    smbios1: `uuid=${random.uuid()}`,
    vmgenid: random.uuid(),
    ...disksOf(guest),
  };
}

function lxcConfig(guest: Guest): Config {
  return {
    ...shared(guest),
    arch: "amd64",
    cores: guest.cores,
    hostname: guest.name,
    memory: guest.memory,
    net0: `name=eth0,bridge=vmbr0,hwaddr=${guest.mac},ip=dhcp,type=veth`,
    ostype: "debian",
    swap: 512,
    ...(guest.unprivileged ? { unprivileged: 1 } : {}),
    ...disksOf(guest),
  };
}

const bare = (guest: Guest): Config => (guest.type === "qemu" ? qemuConfig(guest) : lxcConfig(guest));

/** The fields of GET …/config, with the digest of the file. */
export function guestConfig(guest: Guest): Config {
  const config = bare(guest);
  const lock = guest.lock === null ? {} : { lock: guest.lock };
  const digest = createHash("sha1")
    .update(JSON.stringify({ ...config, ...lock }))
    .digest("hex");
  return { ...config, ...lock, digest };
}

/** The file as it is kept inside a backup. */
export function configText(guest: Guest): string {
  const { description, ...config } = bare(guest);
  const comment =
    typeof description === "string"
      ? description
          .split("\n")
          .filter(Boolean)
          .map((line) => `#${encodeURI(line).replaceAll("%20", " ")}\n`)
          .join("")
      : "";
  const lines = Object.entries(config)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}: ${value}\n`);
  const maps =
    guest.type === "qemu"
      ? guest.disks.map((disk) => `#qmdump#map:${disk.key}:drive-${disk.key}:${disk.storage}:raw:\n`)
      : [];
  return comment + lines.join("") + maps.join("");
}

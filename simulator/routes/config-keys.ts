import { STRING, type Parameters } from "../schema.ts";

const keys = (names: string): Parameters =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, STRING]));

/** Configuration keys that a restore may give along and that change nothing here: the simulator only has to know them. */
export const QEMU_KEYS: Parameters = keys(
  "acpi affinity agent allow-ksm amd-sev arch args audio0 autostart balloon bios boot bootdisk cdrom cicustom cipassword citype " +
    "ciupgrade ciuser cpu cpulimit cpuunits freeze hookscript hostpci[n] hotplug hugepages import-working-storage intel-tdx " +
    "ipconfig[n] ivshmem keephugepages keyboard kvm localtime lock machine migrate_downtime migrate_speed nameserver numa " +
    "numa[n] ostype parallel[n] reboot rng0 scsihw searchdomain serial[n] shares smbios1 smp spice_enhancements sshkeys " +
    "startdate startup tablet tdf template unused[n] usb[n] vcpus vga virtiofs[n] vmgenid vmstatestorage watchdog",
);

export const LXC_KEYS: Parameters = keys(
  "arch cmode console cpulimit cpuunits debug dev[n] entrypoint env features hookscript lock nameserver ostype searchdomain " +
    "ssh-public-keys startup swap template timezone tty unused[n]",
);

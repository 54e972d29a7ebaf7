import { shellQuote } from "../format.ts";
import type { Values } from "../schema.ts";
import { lxcSection } from "./vzdump-lxc.ts";
import { qemuSection } from "./vzdump-qemu.ts";
import type { Section, SectionSpec } from "./spec.ts";

export function guestSection(spec: SectionSpec): Section {
  return spec.guest.type === "qemu" ? qemuSection(spec) : lxcSection(spec);
}

const shown = (value: unknown): string => (typeof value === "boolean" ? (value ? "1" : "0") : String(value));

/** The first line of a backup job: guests, then every option, values quoted for the shell. */
export function jobLine(params: Values): string {
  const guests = typeof params["vmid"] === "string" ? params["vmid"].split(/[\s,;\0]+/).filter(Boolean) : [];
  const options = Object.entries(params)
    .filter(([key]) => key !== "vmid" && key !== "job-id")
    .flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => `--${key} ${shellQuote(shown(one))}`),
    );
  return `INFO: starting new backup job: vzdump ${[...guests, ...options].join(" ")}`;
}

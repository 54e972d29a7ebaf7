import {
  Archive,
  Boxes,
  Gauge,
  History,
  ListChecks,
  Server,
  SlidersHorizontal,
  type LucideIcon,
} from "lucide-react";

import type { MessageId } from "../../ui/text.ts";

export interface Place {
  readonly path: string;
  readonly label: MessageId;
  readonly icon: LucideIcon;
}

/** The views, in the order of the rail. */
export const places = [
  { path: "/", label: "shell.place.overview", icon: Gauge },
  { path: "/guests", label: "shell.place.guests", icon: Boxes },
  { path: "/backups", label: "shell.place.backups", icon: Archive },
  { path: "/jobs", label: "shell.place.jobs", icon: ListChecks },
  { path: "/history", label: "shell.place.history", icon: History },
  { path: "/servers", label: "shell.place.servers", icon: Server },
] as const satisfies readonly Place[];

export const settingsPlace = {
  path: "/settings",
  label: "shell.place.settings",
  icon: SlidersHorizontal,
} as const satisfies Place;

/** The place that a path belongs to: the longest that it starts with. */
export function placeOf(path: string): Place {
  const all: readonly Place[] = [...places, settingsPlace];
  return all.find((place) => place.path !== "/" && isUnder(path, place.path)) ?? places[0];
}

export function isUnder(path: string, place: string): boolean {
  return place === "/" ? path === "/" : path === place || path.startsWith(`${place}/`);
}

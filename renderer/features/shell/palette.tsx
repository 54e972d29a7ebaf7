import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { Container, Monitor, Search, Server } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { guestKey } from "../../../shared/guest.ts";
import { useClusters, useGuests } from "../../stores/stores.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { ClusterStatusMark, GuestStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { searchGuests } from "./palette-search.ts";
import classes from "./palette.module.css";
import { places, settingsPlace } from "./places.ts";

import type { ReactNode } from "react";

const [paletteStore, palette] = createSpotlight();
export const openPalette = palette.open;

const maxGuests = 12;

interface Entry {
  readonly id: string;
  readonly path: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly detail: string;
  readonly state?: ReactNode;
}

/** Mounted while the palette is open: what is found is as fresh as in the list of guests. */
function LooksEverywhere() {
  useAttention({ clusters: "all" });
  return null;
}

/** The way to any guest, cluster or view by typing. Opens with Ctrl+K (Cmd+K) and with `/`. */
export function Palette() {
  const [query, setQuery] = useState("");
  const [, navigate] = useLocation();
  useSlashKey();
  const entries = useEntries(query);
  const openFirst = () => {
    const [first] = entries;
    // Mantine chooses the first one while one types; of hits that came in later it knows none.
    if (first === undefined || document.querySelector("[data-action][data-selected]") !== null) return;
    palette.close();
    navigate(first.path);
  };
  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      shortcut="mod + K"
      size={620}
      centered={false}
      yOffset="12vh"
      overlayProps={{ blur: 0, backgroundOpacity: 1, color: "var(--veil)" }}
      attributes={{ content: { "aria-label": t("shell.search") } }}
      classNames={{
        content: classes.content ?? "",
        search: classes.search ?? "",
        action: classes.action ?? "",
        actionsList: classes.list ?? "",
        empty: classes.empty ?? "",
      }}
    >
      <LooksEverywhere />
      <Spotlight.Search
        placeholder={t("shell.search")}
        aria-label={t("shell.search")}
        leftSection={<Search size={16} aria-hidden />}
        maxLength={256}
        onKeyDown={(event) => {
          if (event.key === "Enter" && query !== "") openFirst();
        }}
      />
      <Spotlight.ActionsList>
        {entries.map((entry) => (
          <Spotlight.Action key={entry.id} onClick={() => navigate(entry.path)}>
            <span className={classes.entry}>
              {entry.icon}
              <span className={classes.label}>{entry.label}</span>
              <span className={classes.detail}>{entry.detail}</span>
              {entry.state === undefined ? null : <span className={classes.state}>{entry.state}</span>}
            </span>
          </Spotlight.Action>
        ))}
        {entries.length === 0 ? <Spotlight.Empty>{t("shell.search.nothing")}</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function useEntries(query: string): readonly Entry[] {
  const guests = useGuests((set) => set.items);
  const clusters = useClusters((set) => set.byKey);
  return useMemo(() => {
    const text = query.trim().toLowerCase();
    const guestEntries = searchGuests(guests, (id) => clusters.get(id)?.name ?? id, query, maxGuests).map(
      ({ guest, clusterName }): Entry => ({
        id: guestKey(guest),
        path: `/guests/${guestKey(guest)}`,
        icon: guest.type === "qemu" ? <Monitor size={16} aria-hidden /> : <Container size={16} aria-hidden />,
        label: `${guest.vmid} ${displayText(guest.name, 80)}`,
        detail: displayText(`${clusterName} · ${guest.node}`, 80),
        state: <GuestStatusMark status={guest.status} />,
      }),
    );
    const clusterEntries = [...clusters.values()]
      .filter((cluster) => text !== "" && cluster.name.toLowerCase().includes(text))
      .map((cluster): Entry => ({
        id: cluster.id,
        path: `/servers/${cluster.id}`,
        icon: <Server size={16} aria-hidden />,
        label: displayText(cluster.name, 80),
        detail: t("shell.search.cluster"),
        state: <ClusterStatusMark status={cluster.status} />,
      }));
    const placeEntries = [...places, settingsPlace]
      .filter((place) => t(place.label).toLowerCase().includes(text))
      .map((place): Entry => {
        const Icon = place.icon;
        return {
          id: place.path,
          path: place.path,
          icon: <Icon size={16} aria-hidden />,
          label: t(place.label),
          detail: t("shell.search.place"),
        };
      });
    return [...guestEntries, ...clusterEntries, ...placeEntries];
  }, [guests, clusters, query]);
}

/** `/` opens the palette wherever no text is being typed. */
function useSlashKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      palette.open();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, [role=dialog]") !== null)
  );
}

import { MantineProvider } from "@mantine/core";
import { createElement, type ReactElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";

import { isWhole, unreadableRows } from "../../renderer/features/guests/guest-filter.ts";
import { GuestFigures } from "../../renderer/features/guests/guest-figures.tsx";
import { LastBackupMark, lastBackupText } from "../../renderer/features/guests/last-backup.tsx";
import { obstacle } from "../../renderer/features/guests/guest-power.ts";
import { Age, Moment } from "../../renderer/ui/age.tsx";
import { Bytes, Duration, Rate, Share } from "../../renderer/ui/figures.tsx";
import { Meter } from "../../renderer/ui/meter.tsx";
import { t } from "../../renderer/ui/text.ts";
import { clusterStatuses } from "../../shared/cluster.ts";
import { aCluster, aGuest } from "./samples.ts";

/** What a server did not say is shown as not said: never as zero, empty, full or new. */

const shown = (element: ReactElement): string =>
  renderToStaticMarkup(createElement(MantineProvider, null, element)).replaceAll(
    /<style[^]*?<\/style>/gu,
    "",
  );
const words = (element: ReactElement): string => shown(element).replaceAll(/<[^>]*>/gu, "");

describe("a figure", () => {
  test.each([
    ["bytes", createElement(Bytes, { value: null })],
    ["a rate", createElement(Rate, { value: null })],
    ["a share", createElement(Share, { value: null })],
    ["a duration", createElement(Duration, { seconds: null })],
    ["negative bytes", createElement(Bytes, { value: -1 })],
    ["endless bytes", createElement(Bytes, { value: Number.POSITIVE_INFINITY })],
    ["a negative share", createElement(Share, { value: -0.5 })],
    ["a negative duration", createElement(Duration, { seconds: -5 })],
  ])("of %s that is not known is a dash that says so", (_what, element) => {
    expect(words(element)).toBe("–");
    expect(shown(element)).toContain(t("ui.notSaid"));
  });

  test("of nothing is nothing: zero is known", () => {
    expect(words(createElement(Bytes, { value: 0 }))).toBe("0 B");
    expect(words(createElement(Share, { value: 0 }))).toBe("0.0 %");
  });
});

describe("a bar", () => {
  test.each([
    [2, "100", "scaleX(1)"],
    [-1, "0", "scaleX(0)"],
    [0.5, "50", "scaleX(0.5)"],
  ])("of %d stays within its ends", (share, now, scale) => {
    const html = shown(createElement(Meter, { share, label: "used" }));
    expect(html).toContain(`aria-valuenow="${now}"`);
    expect(html).toContain(scale);
  });

  test.each([null, Number.NaN, Number.POSITIVE_INFINITY])("of %s is no bar", (share) => {
    const html = shown(createElement(Meter, { share, label: "used" }));
    expect(html).toContain('data-unknown="true"');
    expect(html).not.toContain("scaleX");
    expect(html).toContain(t("ui.notSaid"));
  });
});

describe("a time", () => {
  test.each([0, -1, Date.UTC(9999, 0), Number.MAX_SAFE_INTEGER])(
    "of %d is implausible and is called so",
    (at) => {
      expect(words(createElement(Age, { at }))).toBe(t("ui.implausibleTime"));
      expect(words(createElement(Moment, { at }))).toBe(t("ui.implausibleTime"));
    },
  );

  test("of the newest backup that cannot be is neither fresh nor old", () => {
    const last = { state: "known", at: 0, storage: "nas", volid: "nas:backup/x" } as const;
    expect(words(createElement(LastBackupMark, { last }))).toBe(t("ui.implausibleTime"));
    expect(lastBackupText(last)).toContain("nas");
    expect(lastBackupText(last)).not.toContain("1970");
  });
});

test("a guest of which nothing is said shows no figure", () => {
  const nothing = {
    cpu: null,
    maxCpu: null,
    memory: null,
    maxMemory: null,
    disk: null,
    maxDisk: null,
    uptime: null,
  };
  const guest = aGuest({ ...nothing, type: "lxc", lastBackup: { state: "unknown", reason: "notLooked" } });
  expect(words(createElement(GuestFigures, { guest }))).not.toMatch(/\d/u);
  const over = aGuest({ type: "lxc", disk: 20, maxDisk: 10 });
  expect(words(createElement(GuestFigures, { guest: over }))).toContain("20 B / 10 B");
});

test("a count is whole only where every server has said all, and all of it could be read", () => {
  expect(clusterStatuses.filter((status) => isWhole(aCluster({ status })))).toEqual(["online", "degraded"]);
  const params = { address: "a", reason: "rows", count: 3 };
  const cluster = aCluster({ status: "degraded", problem: { code: "server.badAnswer", params } });
  expect(unreadableRows(cluster)).toBe(3);
  expect(isWhole(cluster)).toBe(false);
  expect(isWhole(aCluster({ kind: "pbs", status: "offline" }))).toBe(true);
  expect(
    unreadableRows(aCluster({ problem: { code: "server.badAnswer", params: { reason: "html" } } })),
  ).toBe(0);
  expect(t("guests.count", { total: 2, atLeast: "yes" })).toBe("≥ 2 guests");
  expect(t("guests.count", { total: 2, atLeast: "no" })).toBe("2 guests");
});

test("nothing is offered for a guest whose id is reported twice or can be none", () => {
  const nodes = [
    { node: "pve1", online: true, cpu: null, maxCpu: null, memory: null, maxMemory: null, uptime: null },
  ];
  const cluster = aCluster({ nodes });
  const guest = aGuest({ conflict: true });
  for (const action of ["start", "shutdown", "stop", "reboot", "backup"] as const)
    expect(obstacle(guest, cluster, action)).toBe("conflict");
});

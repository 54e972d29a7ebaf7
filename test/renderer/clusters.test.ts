import { describe, expect, test } from "vitest";

import {
  checkConnect,
  credentialOf,
  emptyConnect,
  refusalAtFields,
} from "../../renderer/features/clusters/connect-form.ts";
import { statusOrder } from "../../renderer/features/clusters/cluster-order.ts";
import { checkEdit, editPatch, editValues } from "../../renderer/features/clusters/edit-form.ts";
import { changeReason } from "../../renderer/features/clusters/certificate-change.ts";
import { standInText } from "../../renderer/features/clusters/cluster-words.ts";
import {
  addressesWith,
  isUsable,
  mustLook,
  nodeRows,
  withAddress,
} from "../../renderer/features/clusters/node-rows.ts";
import type { LookedAt } from "../../renderer/features/clusters/node-rows.ts";
import { noProxy } from "../../renderer/features/clusters/proxy-form.ts";
import { applyStep, noSteps, refuseRunning } from "../../renderer/features/clusters/step-list.ts";
import { checkPassphrase } from "../../renderer/features/vault/passphrase.ts";
import { clusterStatuses } from "../../shared/cluster.ts";
import { AppError, errorCodes } from "../../shared/errors.ts";
import { aCluster } from "./samples.ts";

describe("the form of a registration", () => {
  const good = {
    ...emptyConnect,
    name: "Berlin",
    address: "pve1",
    user: "admin@pve",
    tokenId: "admin@pve!laptop",
    secret: "x",
  };

  test("asks for what is missing, each at its field", () => {
    expect(checkConnect(emptyConnect)).toEqual({
      name: "clusters.form.name.empty",
      address: "error.address.empty",
      user: "clusters.form.user.empty",
      secret: "clusters.form.password.empty",
    });
    expect(checkConnect({ ...emptyConnect, kind: "token", name: "n", address: "a" })).toEqual({
      tokenId: "clusters.form.tokenId.wrong",
      secret: "clusters.form.token.empty",
    });
  });

  test.each([
    ["admin", "clusters.form.user.noRealm"],
    ["a b@pve", "clusters.form.user.wrong"],
    ["a:b@pve", "clusters.form.user.wrong"],
  ])("explains what is wrong with the user %s", (user, message) => {
    expect(checkConnect({ ...good, user })).toEqual({ user: message });
  });

  test("ignores the fields of the other way to log in", () => {
    expect(checkConnect({ ...good, tokenId: "nonsense" })).toEqual({});
    expect(checkConnect({ ...good, kind: "token", user: "nonsense" })).toEqual({});
  });

  test("sends only the credential of the chosen kind, the secret untouched", () => {
    const secret = " pass word ";
    expect(credentialOf({ ...good, user: " admin@pve ", secret })).toEqual({
      kind: "password",
      user: "admin@pve",
      secret,
    });
    expect(credentialOf({ ...good, kind: "token", secret })).toEqual({
      kind: "token",
      tokenId: "admin@pve!laptop",
      secret,
    });
  });

  test("shows a refusal at the field it is about, all others in a panel", () => {
    const atFields = errorCodes.filter((code) => refusalAtFields(new AppError(code)).rest === null);
    expect(atFields).toEqual([
      "cluster.nameTaken",
      ...errorCodes.filter((code) => code.startsWith("address.") || code.startsWith("proxy.")),
      "server.nameNotFound",
      "server.wrongCredentials",
      "server.tokenRefused",
    ]);
  });
});

describe("the form of a change", () => {
  const cluster = aCluster({ name: "Berlin", edition: 7 });

  test("sends nothing but the edition for what was not touched", () => {
    expect(editPatch(cluster, editValues(cluster))).toEqual({ clusterId: cluster.id, edition: 7 });
  });

  test("sends exactly what differs", () => {
    const values = { ...editValues(cluster), name: " Hamburg ", secret: "new" };
    expect(editPatch(cluster, values)).toEqual({
      clusterId: cluster.id,
      edition: 7,
      name: "Hamburg",
      secret: "new",
    });
  });

  test("sends all addresses in their order, each with the trust it was looked at with", () => {
    const before = editValues(cluster);
    const more = { address: "other:8006", trust: { kind: "system" }, node: null } as const;
    const patch = editPatch(cluster, { ...before, addresses: [more, ...before.addresses] });
    expect(patch.addresses).toEqual([
      { address: "other:8006", trust: { kind: "system" } },
      { address: "pve1.example.com:8006", trust: cluster.addresses[0]?.trust },
    ]);
  });

  test("sends a proxy's password only where one was typed for a user", () => {
    const before = editValues(cluster);
    const proxy = { kind: "socks5", address: " jump:1080 ", user: "me", secret: "CANARY" } as const;
    expect(editPatch(cluster, { ...before, proxy }).proxy).toEqual({
      kind: "socks5",
      address: "jump:1080",
      user: "me",
      secret: "CANARY",
    });
    expect(editPatch(cluster, { ...before, proxy: { ...proxy, user: " " } }).proxy).toEqual({
      kind: "socks5",
      address: "jump:1080",
      user: null,
    });
    const through = aCluster({ proxy: { kind: "http", address: "jump:3128", user: "me" } });
    expect(editPatch(through, editValues(through))).not.toHaveProperty("proxy");
    expect(editPatch(through, { ...editValues(through), proxy: noProxy }).proxy).toBeNull();
  });

  test("keeps the kind of login", () => {
    const token = aCluster({ login: { kind: "token", tokenId: "a@pve!b" } });
    expect(checkEdit(token, { ...editValues(token), login: "a@pve" })).toEqual({
      login: "clusters.form.tokenId.wrong",
    });
  });
});

describe("a changed certificate", () => {
  const day = 86_400_000;
  const at = 1_800_000_000_000;
  const certificate = {
    fingerprint: "cd".repeat(32),
    subject: "CN=pve1",
    issuer: "CN=pve1",
    names: ["pve1"],
    validFrom: at - 700 * day,
    validTo: at + 300 * day,
    selfSigned: true,
  };
  const [address] = aCluster().addresses;
  const changed = (validTo: number | null, trustedBySystem = false, namedByCluster = false) => {
    if (address === undefined) throw new Error("no address");
    return changeReason({
      ...address,
      certificate: validTo === null ? null : { ...certificate, validTo },
      seen: { certificate, trustedBySystem, namedByCluster, at },
    });
  };

  test.each([
    ["unexpected", at + 300 * day],
    ["nearEnd", at + 20 * day],
    ["expired", at - day],
    ["unexpected", null],
  ])("is %s where the old one was good until %s", (reason, validTo) => {
    expect(changed(validTo)).toBe(reason);
  });

  test("is milder where an authority of the system signed the new one", () => {
    expect(changed(at + 300 * day, true)).toBe("bySystem");
  });

  test("is milder where another node names the new one", () => {
    expect(changed(at + 300 * day, false, true)).toBe("byCluster");
  });

  test("is none where nothing else was seen", () => {
    expect(address === undefined ? "" : changeReason(address)).toBeNull();
  });
});

describe("the further nodes of a cluster", () => {
  const certificate = {
    fingerprint: "ef".repeat(32),
    subject: "CN=pve2",
    issuer: "CN=pve2",
    names: [],
    validFrom: 0,
    validTo: 1,
    selfSigned: true,
  };
  const rows = nodeRows([
    { node: "pve1", online: true, registered: "pve1.example.com:8006", suggestions: [] },
    {
      node: "pve2",
      online: true,
      registered: null,
      suggestions: ["pve2.example.com:8006", "192.0.2.2:8006"],
    },
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error("no row");
  const result: LookedAt = {
    address: "pve2.example.com:8006",
    certificate,
    trustedBySystem: false,
    expected: [certificate.fingerprint],
    match: "same",
  };

  test("are those without an address here, and none is ticked by itself", () => {
    expect(rows.map(({ node, address, ticked }) => [node, address, ticked])).toEqual([
      ["pve2", "pve2.example.com:8006", false],
    ]);
  });

  test("are looked at only when ticked, and anew at another address", () => {
    expect(mustLook(row)).toBe(false);
    expect(mustLook({ ...row, ticked: true })).toBe(true);
    const looked = { ...row, ticked: true, result };
    expect(mustLook(looked)).toBe(false);
    expect(mustLook(withAddress(looked, "192.0.2.2"))).toBe(true);
  });

  test("are used by the cluster's word or a person's own look, never otherwise", () => {
    expect(isUsable({ ...row, ticked: true, result })).toBe(true);
    expect(isUsable({ ...row, ticked: false, result })).toBe(false);
    for (const match of ["other", "unknown"] as const) {
      const looked = { ...row, ticked: true, result: { ...result, match } };
      expect(isUsable(looked)).toBe(false);
      expect(isUsable({ ...looked, compared: true })).toBe(true);
      expect(isUsable(withAddress({ ...looked, compared: true }, "x"))).toBe(false);
    }
  });

  test("are added behind those that are there, one pin each", () => {
    const known = aCluster().addresses;
    expect(addressesWith(known, [{ ...row, ticked: true, result }])).toEqual([
      { address: known[0]?.address, trust: known[0]?.trust },
      { address: result.address, trust: { kind: "pinned", fingerprint: certificate.fingerprint } },
    ]);
  });

  test("are named where one answers in the place of the first", () => {
    const [first] = aCluster().addresses;
    if (first === undefined) throw new Error("no address");
    const second = { ...first, address: "pve2.example.com:8006", node: "pve2" };
    const usual = [first, { ...second, state: "standby" as const }];
    expect(standInText(aCluster({ addresses: usual }))).toBe("");
    const failed = [{ ...first, state: "down" as const }, second];
    expect(standInText(aCluster({ addresses: failed }))).toContain("pve2");
  });
});

describe("the steps of a registration", () => {
  const run = (...events: readonly (readonly [string, string])[]) =>
    events
      .reduce(
        (steps, [step, state]) =>
          applyStep(steps, { step, state, params: {} } as Parameters<typeof applyStep>[1]),
        noSteps,
      )
      .map((each) => each.state);

  test("go on one by one", () => {
    expect(run(["probe", "running"], ["probe", "done"], ["certificate", "running"])).toEqual([
      "done",
      "running",
      "waiting",
      "waiting",
      "waiting",
    ]);
  });

  test("wait again when an earlier one begins anew", () => {
    expect(
      run(["probe", "done"], ["certificate", "done"], ["login", "failed"], ["probe", "running"]),
    ).toEqual(["running", "waiting", "waiting", "waiting", "waiting"]);
  });

  test("do not go on running after a refusal", () => {
    const steps = applyStep(noSteps, { step: "login", state: "running", params: {} });
    expect(refuseRunning(steps).map((each) => each.state)).toEqual([
      "waiting",
      "waiting",
      "failed",
      "waiting",
      "waiting",
    ]);
  });
});

test("every status has its place in the order of urgency, and a changed certificate comes first", () => {
  const ordered = [...clusterStatuses].sort((a, b) => statusOrder(a) - statusOrder(b));
  expect([ordered[0], ordered.at(-1), new Set(clusterStatuses.map(statusOrder)).size]).toEqual([
    "certificateChanged",
    "online",
    clusterStatuses.length,
  ]);
});

test("a new passphrase has eight characters and is typed the same twice", () => {
  expect(checkPassphrase("short", "short")?.field).toBe("secret");
  expect(checkPassphrase("long enough", "long enouhg")?.field).toBe("again");
  expect(checkPassphrase("long enough", "long enough")).toBeNull();
});

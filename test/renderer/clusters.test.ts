import { describe, expect, test } from "vitest";

import {
  checkConnect,
  credentialOf,
  emptyConnect,
  refusalAtFields,
} from "../../renderer/features/clusters/connect-form.ts";
import { statusOrder } from "../../renderer/features/clusters/cluster-order.ts";
import { checkEdit, editPatch, editValues } from "../../renderer/features/clusters/edit-form.ts";
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
      ...errorCodes.filter((code) => code.startsWith("address.")),
      "server.nameNotFound",
      "server.wrongCredentials",
      "server.tokenRefused",
    ]);
  });
});

describe("the form of a change", () => {
  const cluster = aCluster({ name: "Berlin", edition: 7 });

  test("sends nothing but the edition for what was not touched", () => {
    expect(editPatch(cluster, editValues(cluster), null)).toEqual({ clusterId: cluster.id, edition: 7 });
  });

  test("sends exactly what differs", () => {
    const values = { ...editValues(cluster), name: " Hamburg ", secret: "new" };
    expect(editPatch(cluster, values, null)).toEqual({
      clusterId: cluster.id,
      edition: 7,
      name: "Hamburg",
      secret: "new",
    });
  });

  test("sends an address only with the trust it was looked at with", () => {
    const values = { ...editValues(cluster), address: "other:8006" };
    expect(editPatch(cluster, values, null)).not.toHaveProperty("address");
    expect(editPatch(cluster, values, { kind: "system" })).toMatchObject({
      address: { address: "other:8006", trust: { kind: "system" } },
    });
  });

  test("keeps the kind of login", () => {
    const token = aCluster({ login: { kind: "token", tokenId: "a@pve!b" } });
    expect(checkEdit(token, { ...editValues(token), login: "a@pve" })).toEqual({
      login: "clusters.form.tokenId.wrong",
    });
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

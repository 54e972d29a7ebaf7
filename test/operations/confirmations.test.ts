import { expect, test } from "vitest";

import { confirmationLifeMs, createConfirmations } from "../../electron/operations/confirmations.ts";
import { clusterIdSchema } from "../../shared/ids.ts";

import type { Facts } from "../../electron/operations/confirmations.ts";
import type { Confirmable } from "../../shared/confirmation.ts";

const target: Confirmable = {
  action: "guest.power",
  clusterId: clusterIdSchema.parse("c1"),
  node: "pve1",
  vmid: 100,
  power: "stop",
};
const facts: Facts = { name: "web", node: "pve1", status: "running", lock: "" };
const reading = (seen: Facts) => (): Promise<Facts> => Promise.resolve(seen);

function start() {
  let time = 1_000_000;
  const confirmations = createConfirmations(() => time);
  return { confirmations, pass: (ms: number) => (time += ms) };
}

test("a confirmation shows its facts and is good for exactly one use", async () => {
  const { confirmations } = start();
  const { token, facts: shown } = confirmations.request(target, facts);
  expect(shown).toEqual(facts);
  await confirmations.redeem(token, target, reading({ ...facts }));
  await expect(confirmations.redeem(token, target, reading(facts))).rejects.toMatchObject({
    code: "confirmation.missing",
  });
});

test("two clicks at once use it only once", async () => {
  const { confirmations } = start();
  const { token } = confirmations.request(target, facts);
  const results = await Promise.allSettled([
    confirmations.redeem(token, target, reading(facts)),
    confirmations.redeem(token, target, reading(facts)),
  ]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
});

test("it is refused once five minutes have passed", async () => {
  const { confirmations, pass } = start();
  const { token } = confirmations.request(target, facts);
  pass(confirmationLifeMs + 1);
  await expect(confirmations.redeem(token, target, reading(facts))).rejects.toMatchObject({
    code: "confirmation.expired",
  });
});

test("it is refused, and used up, when anything that was shown has changed", async () => {
  const { confirmations } = start();
  const changed: Facts[] = [
    { ...facts, name: "other" },
    { ...facts, node: "pve2" },
    { ...facts, status: "stopped" },
    { ...facts, lock: "backup" },
    { name: "web", node: "pve1", status: "running" },
  ];
  for (const seen of changed) {
    const { token } = confirmations.request(target, facts);
    await expect(confirmations.redeem(token, target, reading(seen))).rejects.toMatchObject({
      code: "confirmation.changed",
    });
    await expect(confirmations.redeem(token, target, reading(facts))).rejects.toMatchObject({
      code: "confirmation.missing",
    });
  }
});

test("it is refused for another target", async () => {
  const { confirmations } = start();
  const others: Confirmable[] = [
    { ...target, vmid: 101 },
    { ...target, power: "reboot" },
    { ...target, clusterId: clusterIdSchema.parse("c2") },
    { action: "cluster.deregister", clusterId: clusterIdSchema.parse("c1") },
  ];
  for (const other of others) {
    const { token } = confirmations.request(target, facts);
    await expect(confirmations.redeem(token, other, reading(facts))).rejects.toMatchObject({
      code: "confirmation.changed",
    });
  }
});

test("without a token, or with one that nobody minted, nothing is confirmed", async () => {
  const { confirmations } = start();
  for (const token of [undefined, "", "x".repeat(43)]) {
    await expect(confirmations.redeem(token, target, reading(facts))).rejects.toMatchObject({
      code: "confirmation.missing",
    });
  }
});

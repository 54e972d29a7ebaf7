import { expect, it } from "vitest";

import { operationOf } from "../../electron/progress/operation.ts";
import { OPERATIONS } from "../../shared/progress.ts";

it("names the operation of each task type", () => {
  const types =
    "vzdump qmrestore vzrestore hamigrate move_volume qmrollback stopall qmshutdown vzdestroy hastart verificationjob garbage_collection prunejob syncjob reader nosuchtype";
  expect(types.split(" ").map(operationOf)).toEqual([
    "vzdump",
    "qmrestore",
    "vzrestore",
    "qmigrate",
    "vzmove",
    "qmsnapshot",
    "bulk",
    "power",
    "power",
    "power",
    "pbs-verify",
    "pbs-gc",
    "pbs-prune",
    "pbs-sync",
    "pbs-reader",
    "other",
  ]);
});

it("understands the variants a person gives a saved log", () => {
  expect(
    ["vzdump-guestlog", "vzdump-mail", "qmigrate-remote", "pbs-syncjob-push", "pbs-garbage_collection"].map(
      operationOf,
    ),
  ).toEqual(["vzdump", "vzdump", "qmigrate", "pbs-sync", "pbs-gc"]);
});

it("leaves an operation what it is", () => {
  expect(OPERATIONS.map(operationOf)).toEqual([...OPERATIONS]);
});

it("is not led astray by names every object has", () => {
  expect(["constructor", "__proto__", "toString", "pbs-constructor"].map(operationOf)).toEqual(
    Array(4).fill("other"),
  );
});

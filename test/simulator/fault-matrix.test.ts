import { describe, expect, it } from "vitest";
import { jobFaults } from "./fault-rows-jobs.ts";
import { lineFaults } from "./fault-rows-line.ts";
import { clientFaults, serverFaults } from "./fault-rows-server.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

const ALL = 73;
const matrix = [...lineFaults, ...serverFaults, ...clientFaults, ...jobFaults].toSorted(
  (one, other) => one.number - other.number,
);

describe("the fault matrix", () => {
  it("has every row, each made by the simulator or with a reason why it is not", () => {
    expect(matrix.map(({ number }) => number)).toEqual(Array.from({ length: ALL }, (_, index) => index + 1));
    const lines = matrix.map((one) => {
      const where = "seen" in one ? "simulator" : `client: ${one.client}`;
      return `  ${String(one.number).padStart(2)} ${one.fault} – ${where}`;
    });
    const made = matrix.filter((one) => "seen" in one).length;
    process.stdout.write(`fault matrix: ${made} of ${ALL} made by the simulator\n${lines.join("\n")}\n`);
  });

  it.each(matrix.flatMap((one) => ("seen" in one ? [[one.number, one.fault, one.seen] as const] : [])))(
    "%i: %s",
    async (_number, _fault, seen) => {
      await seen(await house());
    },
  );
});

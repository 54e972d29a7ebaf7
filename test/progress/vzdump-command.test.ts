import { expect, it } from "vitest";

import { readCommandLine } from "../../electron/progress/vzdump-command.ts";

it("finds the guests wherever they stand between the options", () => {
  expect(readCommandLine("vzdump 101 9911 9882 --node pve1 --bwlimit 2048").vmids).toEqual([101, 9911, 9882]);
  expect(
    readCommandLine("vzdump --storage s --notes-template '{{guestname}} 7 8' 5 --quiet 1 6,7").vmids,
  ).toEqual([5, 6, 7]);
});

it("does not count the excluded or a number that is a value", () => {
  expect(readCommandLine("vzdump 5 --exclude 6 --maxfiles 3").vmids).toEqual([5]);
});

it("expects nobody in particular where the server chooses", () => {
  expect(readCommandLine("vzdump --all 1 --exclude 5,6").vmids).toBeNull();
  expect(readCommandLine("vzdump --pool web --quiet 1").vmids).toBeNull();
  expect(readCommandLine("vzdump --all 0 5").vmids).toEqual([5]);
});

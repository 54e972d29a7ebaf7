import { expect, test } from "vitest";

import { BEHAVIOURS } from "../../simulator/behaviours.ts";
import { mutations, omissions } from "./mutation-list.ts";
import { fitsOnce } from "./mutation-place.ts";

// Whether each of them is noticed takes minutes (`npm run test:mutations`); that they can be made at all is seen here.
test("every broken behaviour still has its one place in the simulator", () => {
  expect(
    mutations.filter((mutation) => !fitsOnce(mutation)).map(({ name, file }) => `${file}: ${name}`),
  ).toEqual([]);
});

test("every named behaviour is switched off once at least", () => {
  expect(new Set(omissions.map(({ without }) => without))).toEqual(new Set(Object.keys(BEHAVIOURS)));
});

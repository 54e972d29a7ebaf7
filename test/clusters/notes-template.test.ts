import { expect, test } from "vitest";

import { notesTemplate } from "../../electron/clusters/notes-template.ts";

const trace = "pxm:01JABCDEFGHJKMNPQRSTVWXYZ0";

test("the trace stands at the end of the first line", () => {
  expect(notesTemplate("before the upgrade", trace)).toBe(`before the upgrade [${trace}]`);
  expect(notesTemplate("one\ntwo\r\nthree", trace)).toBe(`one [${trace}]\\ntwo\\nthree`);
  expect(notesTemplate("", trace)).toBe(`[${trace}]`);
  expect(notesTemplate("  \n ", trace)).toBe(`[${trace}]`);
});

test("a backslash is doubled, so that the server does not read it as an escape", () => {
  expect(notesTemplate(String.raw`C:\new`, trace)).toBe(String.raw`C:\\new [` + `${trace}]`);
});

test("the four variables pass", () => {
  const note = "{{cluster}} {{guestname}} {{node}} {{vmid}}";
  expect(notesTemplate(note, trace)).toBe(`${note} [${trace}]`);
});

test("anything else in double braces is refused, as are control characters and what is too long", () => {
  const refused = [
    "{{bogus}}",
    "{{ vmid }}",
    "{{vmid",
    "{{__proto__}}",
    "a\u0000b",
    "a\u001b[31m",
    "x".repeat(1024),
    "ü".repeat(500),
  ];
  for (const note of refused) {
    expect(() => notesTemplate(note, trace), note.slice(0, 20)).toThrow(
      expect.objectContaining({ code: "backup.noteInvalid" }),
    );
  }
});

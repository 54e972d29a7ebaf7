import { displayText } from "../../../shared/display-text.ts";
import { Bytes, Duration } from "../../ui/figures.tsx";
import { Facts } from "../../ui/facts.tsx";
import { t } from "../../ui/text.ts";
import { guestText } from "./job-words.ts";

import type { GuestResult } from "../../../shared/job.ts";

/** How each guest of a task fared: one line each, and why where one failed. */
export function JobGuests({ guests }: { readonly guests: readonly GuestResult[] }) {
  return (
    <Facts
      facts={guests.map((guest) => ({
        label: guestText(guest),
        value: (
          <>
            {t(`job.guest.${guest.state}`)}
            {guest.seconds === null ? null : (
              <>
                {" · "}
                <Duration seconds={guest.seconds} />
              </>
            )}
            {guest.size === null ? null : (
              <>
                {" · "}
                <Bytes value={guest.size} />
              </>
            )}
            {guest.error === null ? null : (
              <>
                <br />
                <code>{displayText(guest.error, 500)}</code>
              </>
            )}
          </>
        ),
      }))}
    />
  );
}

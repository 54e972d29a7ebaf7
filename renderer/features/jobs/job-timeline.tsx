import { formatTime } from "../../../shared/format.ts";
import classes from "./job-page.module.css";
import { eventText, toldEvents } from "./job-words.ts";

import type { JobEvent } from "../../../shared/job.ts";

/** The job's story, oldest first; the date stands once a day. */
export function JobTimeline({ events }: { readonly events: readonly JobEvent[] }) {
  const told = toldEvents(events);
  return (
    <ol className={classes.timeline}>
      {told.map((event, index) => {
        const [day = "", time = ""] = formatTime(event.at).split(" ");
        const before = told[index - 1];
        const newDay = before === undefined || !formatTime(before.at).startsWith(day);
        return (
          <li key={event.seq}>
            {newDay ? <div className={classes.day}>{day}</div> : null}
            <div className={classes.event}>
              <time className={classes.eventTime} dateTime={new Date(event.at).toISOString()}>
                {time}
              </time>
              <span className={classes.eventText}>{eventText(event)}</span>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

import { useState, type KeyboardEvent, type PointerEvent } from "react";

import { formatShare, formatTime } from "../../../shared/format.ts";
import { curvePath, scaleOf } from "../../ui/curve.ts";
import { locale, t } from "../../ui/text.ts";
import classes from "./datastores.module.css";

import type { UsageHistory } from "../../../shared/datastore.ts";

const size = { width: 1000, height: 100 };
const leastSpan = 0.05;

/** The last month, gaps as gaps. The crosshair follows the pointer and the arrow keys and says the exact value. */
export function UsageChart({ history }: { readonly history: UsageHistory | null }) {
  const [at, setAt] = useState<number | null>(null);
  const values = history?.values ?? [];
  const known = values.filter((value) => value !== null);
  const last = values.findLastIndex((value) => value !== null);
  if (history === null || known.length === 0) {
    return (
      <section className={classes.chart} aria-label={t("datastores.chart.title")}>
        <ChartHead value={null} />
        <p className={classes.dim}>{t("datastores.chart.none")}</p>
      </section>
    );
  }
  const timeOf = (index: number): string => formatTime(history.start + index * history.step).slice(0, 16);
  const pointText = (index: number): string => {
    const share = shareText(values[index] ?? null);
    return share === null
      ? t("datastores.chart.gap", { time: timeOf(index) })
      : t("datastores.chart.point", { share, time: timeOf(index) });
  };
  const scale = scaleOf(values, leastSpan);
  const end = values.length - 1;
  const move = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(Math.min(end, Math.max(0, Math.round(((event.clientX - box.left) / box.width) * end))));
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt((now) => Math.min(end, Math.max(0, (now ?? last) + step)));
  };
  const shown = at === null ? null : Math.min(at, end);
  return (
    <section className={classes.chart} aria-label={t("datastores.chart.title")}>
      <ChartHead value={pointText(shown ?? last)} />
      <svg
        className={classes.plot}
        viewBox={`0 -2 ${size.width} ${size.height + 4}`}
        preserveAspectRatio="none"
        role="slider"
        tabIndex={0}
        aria-label={t("datastores.chart.label", {
          from: timeOf(0),
          to: timeOf(end),
          low: shareText(Math.min(...known)) ?? "",
          high: shareText(Math.max(...known)) ?? "",
          last: shareText(values[last] ?? null) ?? "",
        })}
        aria-valuemin={0}
        aria-valuemax={end}
        aria-valuenow={shown ?? last}
        aria-valuetext={pointText(shown ?? last)}
        onPointerMove={move}
        onPointerLeave={() => setAt(null)}
        onKeyDown={press}
        onBlur={() => setAt(null)}
      >
        <line className={classes.axis} x1={0} x2={size.width} y1={size.height + 1} y2={size.height + 1} />
        {shown === null ? null : (
          <line
            className={classes.crosshair}
            x1={(shown / Math.max(1, end)) * size.width}
            x2={(shown / Math.max(1, end)) * size.width}
            y1={0}
            y2={size.height}
          />
        )}
        <path className={classes.curve} d={curvePath(values, size, scale)} />
      </svg>
      <div className={classes.chartEnds} aria-hidden>
        <span>{timeOf(0).slice(0, 10)}</span>
        <span>{timeOf(end).slice(0, 10)}</span>
      </div>
    </section>
  );
}

function ChartHead({ value }: { readonly value: string | null }) {
  return (
    <div className={classes.chartHead}>
      <h2>{t("datastores.chart.title")}</h2>
      {value === null ? null : <span className={classes.chartValue}>{value}</span>}
    </div>
  );
}

function shareText(value: number | null): string | null {
  return value === null ? null : formatShare(value, locale());
}

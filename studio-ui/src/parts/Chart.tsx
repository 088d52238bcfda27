/** Series over time or steps: uPlot, in the house's colours. */

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../app/theme";
import { compact } from "./numbers";
import "./chart.css";

export interface Series {
  label: string;
  values: (number | null)[];
  /** What it is compared with: drawn grey and dashed. */
  baseline?: boolean;
}

interface Settings {
  title: string;
  x: number[];
  series: Series[];
  /** Whether x is in seconds since the epoch. */
  time?: boolean;
  unit?: string;
  height?: number;
  /** The first and last x to show; those of the data when absent. */
  range?: [number, number] | undefined;
}

const COLOURS = 6;

export function LineChart({ title, x, series, time, unit = "", height = 180, range }: Settings) {
  const place = useRef<HTMLDivElement>(null);
  const [theme] = useTheme();
  const shape = JSON.stringify(series.map(({ label, baseline }) => [label, baseline]));
  const chart = useRef<uPlot | null>(null);
  const between = useRef(range);
  between.current = range;
  const data = [x, ...series.map((each) => each.values)] as uPlot.AlignedData;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` says which series there are; data follows below.
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
    const axis = { stroke: colour("--text-faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px Geist Variable" };
    const made = new uPlot(
      {
        width: box.clientWidth,
        height,
        scales: { x: { time: time ?? false, ...(between.current ? { range: () => between.current ?? [0, 1] } : {}) }, ...(time ? { y: { range: upwards(unit ? 0 : 1) } } : {}) },
        axes: [{ ...axis, size: time ? 44 : 30, ...(time ? { values: (_: uPlot, ticks: number[]) => clockTexts(ticks) } : {}) }, { ...axis, size: 54, values: (_, ticks) => ticks.map((tick) => `${compact(tick)}${unit}`) }],
        cursor: { points: { size: 7 }, y: false },
        legend: { live: true },
        // Where nobody points, the newest values stand in the legend.
        hooks: { setCursor: [newest], ready: [newest], setData: [newest] },
        series: [
          {},
          ...series.map((each, index) => ({
            label: each.label,
            stroke: each.baseline ? colour("--baseline") : colour(`--series-${(index % COLOURS) + 1}`),
            width: 1.75,
            ...(each.baseline ? { dash: [5, 4] } : {}),
            points: { show: x.length < 40, size: 5 },
            value: (_: uPlot, value: number | null) => (value === null ? "–" : `${compact(value)}${unit}`),
          })),
        ],
      },
      data,
      box,
    );
    chart.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [shape, theme, time, unit, height]);

  useEffect(() => chart.current?.setData(data));

  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${series.map((each) => `${each.label} ${compact(each.values.at(-1) ?? 0)}`).join(", ")}`} />
    </figure>
  );
}

/** From zero upwards; counts of nothing are not stretched to a hundred. */
function upwards(least: number): uPlot.Range.Config {
  return { min: { pad: 0.08, soft: 0, mode: 2 }, max: { pad: 0.1, soft: least, mode: least ? 2 : 0 } };
}

function newest(chart: uPlot): void {
  const last = (chart.data[0]?.length ?? 0) - 1;
  if ((chart.cursor.idx === null || chart.cursor.idx === undefined) && last >= 0) chart.setLegend({ idx: last }, false);
}

/** `20:45`; with the day where a new one begins, and only days where ticks are days apart. */
function clockTexts(ticks: number[]): string[] {
  const days = (ticks[1] ?? 0) - (ticks[0] ?? 0) >= 86_400;
  let before = "";
  return ticks.map((tick) => {
    const moment = new Date(tick * 1000);
    const day = moment.toLocaleDateString(undefined, { day: "numeric", month: "short" });
    const clock = moment.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const text = days ? day : before && before !== day ? `${clock}\n${day}` : clock;
    before = day;
    return text;
  });
}

/** Small plots as inline SVG: scatter, curve, histogram, matrix, bars. */

import { compact, rounded } from "./numbers";
import "./chart.css";

/** Counts by [actual][predicted]. */
export interface Confusion {
  classes: string[];
  counts: number[][];
}

export interface Curve {
  title: string;
  x: number[];
  y: number[];
  xLabel: string;
  yLabel: string;
}

const WIDTH = 360;
const HEIGHT = 260;
const LEFT = 42;
const BOTTOM = 34;

interface Scale {
  (value: number): number;
  ticks: number[];
}

function scale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  const step = niceStep(span / 4);
  const first = Math.ceil(low / step) * step;
  const ticks = Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, index) => first + index * step);
  return Object.assign((value: number) => from + ((value - low) / span) * (to - from), { ticks });
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  return ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
}

function Axes({ x, y, xLabel, yLabel }: { x: Scale; y: Scale; xLabel: string; yLabel: string }) {
  return (
    <g>
      <line className="axis" x1={LEFT} x2={WIDTH - 8} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
      <line className="axis" x1={LEFT} x2={LEFT} y1={8} y2={HEIGHT - BOTTOM} />
      {x.ticks.map((tick) => (
        <text key={tick} x={x(tick)} y={HEIGHT - BOTTOM + 14} textAnchor="middle">
          {compact(tick)}
        </text>
      ))}
      {y.ticks.map((tick) => (
        <text key={tick} x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
          {compact(tick)}
        </text>
      ))}
      <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 4} textAnchor="middle">
        {xLabel}
      </text>
      <text x={12} y={HEIGHT / 2 - 14} textAnchor="middle" transform={`rotate(-90 12 ${HEIGHT / 2 - 14})`}>
        {yLabel}
      </text>
    </g>
  );
}

interface Scatter {
  title: string;
  points: [x: number, y: number][];
  xLabel: string;
  yLabel: string;
  /** `same`: x = y is right; `zero`: y = 0 is. */
  ideal: "same" | "zero";
}

export function ScatterPlot({ title, points, xLabel, yLabel, ideal }: Scatter) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const both = ideal === "same" ? [...xs, ...ys] : xs;
  const [low, high] = [Math.min(...both), Math.max(...both)];
  const x = scale(low, high, LEFT, WIDTH - 8);
  const reach = Math.max(...ys.map(Math.abs));
  const y = ideal === "same" ? scale(low, high, HEIGHT - BOTTOM, 8) : scale(-reach, reach, HEIGHT - BOTTOM, 8);
  return (
    <figure className="plot">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${points.length} points`}>
        <Axes x={x} y={y} xLabel={xLabel} yLabel={yLabel} />
        <line className="ideal" x1={x(low)} x2={x(high)} y1={ideal === "same" ? y(low) : y(0)} y2={ideal === "same" ? y(high) : y(0)} />
        {points.map(([px, py], index) => (
          <circle key={index} className="dot" cx={x(px)} cy={y(py)} r={2.6} />
        ))}
      </svg>
    </figure>
  );
}

export function CurvePlot({ curve }: { curve: Curve }) {
  const x = scale(0, 1, LEFT, WIDTH - 8);
  const y = scale(0, 1, HEIGHT - BOTTOM, 8);
  const path = curve.x.map((each, index) => `${index ? "L" : "M"}${x(each)} ${y(curve.y[index] ?? 0)}`).join("");
  return (
    <figure className="plot">
      <figcaption>{curve.title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={curve.title}>
        <Axes x={x} y={y} xLabel={curve.xLabel} yLabel={curve.yLabel} />
        {curve.xLabel === "recall" ? null : <line className="ideal" x1={x(0)} x2={x(1)} y1={y(0)} y2={y(1)} />}
        <path className="curve" d={path} />
      </svg>
    </figure>
  );
}

export function Matrix({ confusion }: { confusion: Confusion }) {
  return (
    <figure className="plot">
      <figcaption>Confusion matrix</figcaption>
      <table className="matrix">
        <thead>
          <tr>
            <th>actual ╲ predicted</th>
            {confusion.classes.map((each) => (
              <th key={each}>{each}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.classes.map((actual, row) => {
            const counts = confusion.counts[row] ?? [];
            const total = counts.reduce((sum, each) => sum + each, 0) || 1;
            return (
              <tr key={actual}>
                <th>{actual}</th>
                {counts.map((count, column) => (
                  <td key={confusion.classes[column]} style={{ background: `color-mix(in srgb, var(${row === column ? "--series-1" : "--series-2"}) ${Math.round((count / total) * 60)}%, transparent)` }}>
                    {count}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </figure>
  );
}

/** A distribution small enough for a table's cell; the one it is compared with as a line. */
export function Spark({ shares, before, label }: { shares: number[]; before?: number[] | undefined; label: string }) {
  const top = Math.max(...shares, ...(before ?? []), 1e-9);
  const width = 132 / Math.max(1, shares.length);
  const steps = before?.map((share, index) => `${index ? "L" : "M"}${index * width} ${28 - (share / top) * 27}L${(index + 1) * width} ${28 - (share / top) * 27}`).join("");
  return (
    <svg className="spark" viewBox="0 0 132 28" preserveAspectRatio="none" role="img" aria-label={label}>
      {shares.map((share, index) => (
        <rect key={index} className="live" x={index * width + 0.5} width={Math.max(1, width - 1)} y={28 - (share / top) * 27} height={(share / top) * 27} />
      ))}
      {steps ? <path className="before" d={steps} /> : null}
    </svg>
  );
}

export interface BarRow {
  name: string;
  title?: string;
  value: number | null;
  /** What it is held against: a mark on the track. */
  mark?: number | undefined;
  note?: string | undefined;
}

/** Bars from a middle (the ideal), to both sides. */
export function Bars({ rows, middle = 0, oneSided }: { rows: BarRow[]; middle?: number; oneSided?: boolean }) {
  const reach = Math.max(...rows.flatMap((row) => [Math.abs((row.value ?? middle) - middle), Math.abs((row.mark ?? middle) - middle)]), 1e-9);
  const place = (value: number) => (oneSided ? (Math.abs(value - middle) / reach) * 100 : 50 + ((value - middle) / reach) * 50);
  return (
    <div className="bars">
      {rows.map((row) => (
        <Row key={row.name} row={row} middle={middle} place={place} oneSided={oneSided ?? false} />
      ))}
    </div>
  );
}

function Row({ row, middle, place, oneSided }: { row: BarRow; middle: number; place: (value: number) => number; oneSided: boolean }) {
  const zero = oneSided ? 0 : 50;
  const end = row.value === null ? zero : place(row.value);
  return (
    <>
      <span className="bars__name" title={row.title ?? row.name}>
        {row.title ?? row.name}
      </span>
      <span className="bars__track">
        {row.value === null ? null : <span className="bars__bar" style={{ left: `${Math.min(zero, end)}%`, width: `${Math.abs(end - zero)}%` }} />}
        <span className="bars__middle" style={{ left: `${zero}%` }} title={`ideal: ${middle}`} />
        {row.mark === undefined ? null : <span className="bars__bar" data-baseline="" style={{ left: `${place(row.mark)}%` }} title={`baseline: ${rounded(row.mark)}`} />}
      </span>
      <span className="bars__value">{row.value === null ? <span className="faint small">{row.note ?? "not computed"}</span> : rounded(row.value)}</span>
    </>
  );
}

/** How far each feature has gone from its baseline, over edges that both distributions share. */

import { type Bucket, type DataStatistics, distance, type FeatureRow, featureRows, rebinned } from "../models/reports";
import type { Violation } from "./shapes";

export interface Drift {
  feature: string;
  /** Shares of the rows, bar by bar. */
  live: number[];
  baseline: number[];
  labels: string[];
  distance: number;
  /** The threshold that the analyzer found it over; null where it found no violation, whatever our number is. */
  over: number | null;
}

const BARS = 24;
const VALUES_MAX = 12;
const TOLD = /distance:\s*([\d.eE+-]+)\s+exceeds threshold:\s*([\d.eE+-]+)/;

/** The features that both files have a distribution of, the violated first, then those gone farthest. */
export function driftsOf(live: DataStatistics, baseline: DataStatistics, violations: Violation[]): Drift[] {
  const before = new Map(featureRows(baseline).map((row) => [row.name, row]));
  return featureRows(live)
    .flatMap((row): Drift[] => {
      const old = before.get(row.name);
      const shape = old ? (row.buckets.length && old.buckets.length ? ofNumbers(row, old) : row.values.length && old.values.length ? ofValues(row, old) : null) : null;
      if (!shape) return [];
      // The analyzer's own number is on the data, with the sample's chance taken off; ours is on what the files keep.
      const told = violations.map((each) => (each.feature_name === row.name ? TOLD.exec(each.description ?? "") : null)).find(Boolean);
      return [{ feature: row.name, ...shape, distance: told ? Number(told[1]) : distance(shape.live, shape.baseline), over: told ? Number(told[2]) : null }];
    })
    .sort((one, other) => Number(other.over !== null) - Number(one.over !== null) || other.distance - one.distance);
}

type Shape = Pick<Drift, "live" | "baseline" | "labels">;

function ofNumbers(row: FeatureRow, old: FeatureRow): Shape {
  const every = [...row.buckets, ...old.buckets];
  const low = Math.min(...every.map((bucket) => bucket.lower_bound));
  const high = Math.max(...every.map((bucket) => bucket.upper_bound));
  const width = (high - low) / BARS || 1;
  const bars = Array.from({ length: BARS }, (_, place): Bucket => ({ lower_bound: low + place * width, upper_bound: low + (place + 1) * width, count: 0 }));
  return { live: rebinned(bars, row.buckets), baseline: rebinned(bars, old.buckets), labels: [short(low), short(high)] };
}

function ofValues(row: FeatureRow, old: FeatureRow): Shape {
  const total = (values: { count: number }[]) => values.reduce((sum, each) => sum + each.count, 0) || 1;
  const [live, baseline] = [row, old].map(({ values }) => new Map(values.map((each) => [each.value, each.count / total(values)]))) as [Map<string, number>, Map<string, number>];
  const names = [...new Set([...baseline.keys(), ...live.keys()])].slice(0, VALUES_MAX);
  return { live: names.map((name) => live.get(name) ?? 0), baseline: names.map((name) => baseline.get(name) ?? 0), labels: names };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

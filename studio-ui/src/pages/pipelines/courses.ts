/** The course of metrics through a log, found as SageMaker finds them: by each definition's expression, line by line. */

import type { Series } from "../../parts/Chart";

export interface MetricDefinition {
  Name: string;
  Regex: string;
}

export interface Course {
  title: string;
  x: number[];
  series: Series[];
}

/** One chart a measure: `train:rmse` and `validation:rmse` share it. Metrics with one value only have no course. */
export function coursesOf(lines: string[], definitions: MetricDefinition[]): Course[] {
  const charts = new Map<string, Series[]>();
  for (const { Name: name, Regex: regex } of definitions) {
    const form = compiled(regex);
    const values = form ? lines.flatMap((line) => numberIn(form, line)) : [];
    if (values.length < 2) continue;
    const measure = name.split(":").pop() ?? name;
    charts.set(measure, [...(charts.get(measure) ?? []), { label: name, values }]);
  }
  return [...charts].map(([title, series]) => {
    const length = Math.max(...series.map((each) => each.values.length));
    return { title, x: Array.from({ length }, (_, step) => step), series: series.map((each) => ({ ...each, values: padded(each.values, length) })) };
  });
}

function compiled(regex: string): RegExp | null {
  try {
    return new RegExp(regex);
  } catch {
    // Python's expressions know forms that a browser's do not.
    return null;
  }
}

function numberIn(form: RegExp, line: string): number[] {
  const value = Number(form.exec(line)?.[1] ?? Number.NaN);
  return Number.isNaN(value) ? [] : [value];
}

function padded(values: (number | null)[], length: number): (number | null)[] {
  return [...values, ...Array.from({ length: length - values.length }, () => null)];
}

/** The files that checks leave, in the shapes that AWS's analyzers write: read, and made ready to be shown.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
 * https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html
 */

import type { Confusion, Curve } from "../../parts/plots";

export interface Measured {
  value: number | string | null;
  standard_deviation?: number | string;
}

export interface QualityStatistics {
  dataset?: { item_count?: number };
  regression_metrics?: Record<string, Measured>;
  binary_classification_metrics?: Record<string, unknown>;
  multiclass_classification_metrics?: Record<string, unknown>;
}

export interface Metric {
  name: string;
  value: number;
  deviation: number | null;
}

const KINDS = ["regression_metrics", "binary_classification_metrics", "multiclass_classification_metrics"] as const;

/** The plain numbers of a model-quality file, in the file's order. */
export function qualityMetrics(statistics: QualityStatistics): Metric[] {
  const found = KINDS.map((kind) => statistics[kind]).find(Boolean) ?? {};
  return Object.entries(found).flatMap(([name, measured]): Metric[] => {
    const { value, standard_deviation: deviation } = measured as Measured;
    const number = Number(value);
    if (value === null || value === undefined || Number.isNaN(number)) return [];
    return [{ name, value: number, deviation: Number.isFinite(Number(deviation)) && deviation !== undefined ? Number(deviation) : null }];
  });
}

export function confusionOf(statistics: QualityStatistics): Confusion | null {
  const metrics = statistics.binary_classification_metrics ?? statistics.multiclass_classification_metrics;
  const matrix = metrics?.["confusion_matrix"] as Record<string, Record<string, number>> | undefined;
  if (!matrix) return null;
  const classes = [...new Set([...Object.keys(matrix), ...Object.values(matrix).flatMap((row) => Object.keys(row))])].sort();
  return { classes, counts: classes.map((actual) => classes.map((predicted) => matrix[actual]?.[predicted] ?? 0)) };
}

export function curvesOf(statistics: QualityStatistics): Curve[] {
  const metrics = statistics.binary_classification_metrics ?? {};
  const roc = metrics["receiver_operating_characteristic_curve"] as Record<string, number[]> | undefined;
  const pr = metrics["precision_recall_curve"] as Record<string, number[]> | undefined;
  return [
    ...(roc ? [{ title: "Receiver operating characteristic", x: roc["false_positive_rates"] ?? [], y: roc["true_positive_rates"] ?? [], xLabel: "false positive rate", yLabel: "true positive rate" }] : []),
    ...(pr ? [{ title: "Precision and recall", x: pr["recalls"] ?? [], y: pr["precisions"] ?? [], xLabel: "recall", yLabel: "precision" }] : []),
  ];
}

export interface Threshold {
  threshold: number;
  comparison_operator: string;
}

/** Thresholds of a model-quality constraints file by metric. */
export function thresholdsOf(constraints: Record<string, unknown> | undefined): Record<string, Threshold> {
  const kinds = ["regression_constraints", "binary_classification_constraints", "multiclass_classification_constraints"];
  return (kinds.map((kind) => constraints?.[kind]).find(Boolean) ?? {}) as Record<string, Threshold>;
}

/** Whether more of a metric is better; null where that cannot be said. */
export function moreIsBetter(name: string): boolean | null {
  if (/^(mae|mse|rmse|log_?loss|false_)|error/.test(name)) return false;
  if (/^(r2|accuracy|precision|recall|auc|f\d|true_|weighted_)/.test(name)) return true;
  return null;
}

// Data quality.

export interface Bucket {
  lower_bound: number;
  upper_bound: number;
  count: number;
}

export interface Feature {
  name: string;
  inferred_type: string;
  numerical_statistics?: {
    common?: { num_present: number; num_missing: number };
    mean?: number;
    std_dev?: number;
    min?: number;
    max?: number;
    completeness?: number;
    approximate_num_distinct_values?: number;
    distribution?: { kll?: { buckets?: Bucket[] } };
  };
  string_statistics?: {
    common?: { num_present: number; num_missing: number };
    distinct_count?: number;
    completeness?: number;
    distribution?: { categorical?: { buckets?: { value: string; count: number }[] } };
  };
}

export interface DataStatistics {
  dataset?: { item_count?: number };
  features: Feature[];
}

export interface FeatureRow {
  name: string;
  type: string;
  missing: number | null;
  mean: number | null;
  deviation: number | null;
  min: number | null;
  max: number | null;
  distinct: number | null;
  buckets: Bucket[];
  values: { value: string; count: number }[];
}

export function featureRows(statistics: DataStatistics): FeatureRow[] {
  return statistics.features.map((feature) => {
    const numbers = feature.numerical_statistics;
    const texts = feature.string_statistics;
    const common = numbers?.common ?? texts?.common;
    return {
      name: feature.name,
      type: feature.inferred_type,
      missing: common?.num_missing ?? null,
      mean: numbers?.mean ?? null,
      deviation: numbers?.std_dev ?? null,
      min: numbers?.min ?? null,
      max: numbers?.max ?? null,
      distinct: numbers?.approximate_num_distinct_values ?? texts?.distinct_count ?? null,
      buckets: numbers?.distribution?.kll?.buckets ?? [],
      values: texts?.distribution?.categorical?.buckets ?? [],
    };
  });
}

/** Shares of `other`'s buckets brought onto the edges of `buckets`, as if values lay evenly in each. */
export function rebinned(buckets: Bucket[], other: Bucket[]): number[] {
  const total = other.reduce((sum, each) => sum + each.count, 0) || 1;
  return buckets.map((target, place) => {
    const first = place === 0;
    const last = place === buckets.length - 1;
    const low = first ? Number.NEGATIVE_INFINITY : target.lower_bound;
    const high = last ? Number.POSITIVE_INFINITY : target.upper_bound;
    const count = other.reduce((sum, each) => {
      const width = each.upper_bound - each.lower_bound;
      const overlap = Math.min(high, each.upper_bound) - Math.max(low, each.lower_bound);
      if (width <= 0) return sum + (each.lower_bound >= low && each.lower_bound < high ? each.count : 0);
      return overlap > 0 ? sum + (each.count * overlap) / width : sum;
    }, 0);
    return count / total;
  });
}

/** The largest gap between two cumulated distributions: what Model Monitor calls L-infinity, on these buckets. */
export function distance(one: number[], other: number[]): number {
  let first = 0;
  let second = 0;
  let largest = 0;
  for (let place = 0; place < one.length; place += 1) {
    first += one[place] ?? 0;
    second += other[place] ?? 0;
    largest = Math.max(largest, Math.abs(first - second));
  }
  // What is left of rounding is no distance.
  return largest < 1e-9 ? 0 : largest;
}

export function shares(buckets: { count: number }[]): number[] {
  const total = buckets.reduce((sum, each) => sum + each.count, 0) || 1;
  return buckets.map((each) => each.count / total);
}

// Clarify.

export interface BiasMetric {
  name: string;
  description: string;
  value: number | null;
  error?: string;
}

export interface BiasGroup {
  facet: string;
  group: string;
  metrics: BiasMetric[];
}

export interface BiasPart {
  title: string;
  label: string;
  labelValue: string;
  groups: BiasGroup[];
}

interface RawBias {
  label: string;
  label_value_or_threshold: string;
  facets: Record<string, { value_or_threshold: string; metrics: BiasMetric[] }[]>;
}

export type Analysis = Record<string, unknown> & {
  pre_training_bias_metrics?: RawBias;
  post_training_bias_metrics?: RawBias;
  explanations?: { kernel_shap?: Record<string, { global_shap_values: Record<string, number>; expected_value: number }> };
};

export function biasParts(analysis: Analysis): BiasPart[] {
  const parts: [string, RawBias | undefined][] = [
    ["Before training: in the data", analysis.pre_training_bias_metrics],
    ["After training: in the predictions", analysis.post_training_bias_metrics],
  ];
  return parts.flatMap(([title, raw]) =>
    raw
      ? [
          {
            title,
            label: raw.label,
            labelValue: raw.label_value_or_threshold,
            groups: Object.entries(raw.facets).flatMap(([facet, groups]) => groups.map((group) => ({ facet, group: group.value_or_threshold, metrics: group.metrics }))),
          },
        ]
      : [],
  );
}

/** The value of a metric that says "no bias": ratios have 1, differences 0. */
export function idealOf(metric: string): number {
  return metric === "DI" ? 1 : 0;
}

export interface Importance {
  label: string;
  expected: number;
  values: { name: string; value: number }[];
}

/** Global SHAP values, the largest first. */
export function importances(analysis: Analysis): Importance[] {
  return Object.entries(analysis.explanations?.kernel_shap ?? {}).map(([label, each]) => ({
    label,
    expected: each.expected_value,
    values: Object.entries(each.global_shap_values)
      .map(([name, value]) => ({ name, value }))
      .sort((one, other) => Math.abs(other.value) - Math.abs(one.value)),
  }));
}

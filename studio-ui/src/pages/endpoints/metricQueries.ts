/** Which of CloudWatch's metrics an endpoint's charts show, and what comes back as series. */

export interface Line {
  metric: string;
  stat: string;
  label: string;
  namespace?: string;
}

export interface ChartSpec {
  title: string;
  lines: Line[];
  unit: string;
  /** What a value is divided by. */
  per: number;
}

export interface Result {
  Id: string;
  Timestamps: (string | number)[];
  Values: number[];
}

const LOAD = "/aws/sagemaker/Endpoints";

export const CHARTS: ChartSpec[] = [
  { title: "Requests", unit: "", per: 1, lines: [{ metric: "Invocations", stat: "Sum", label: "requests" }] },
  {
    title: "Model latency",
    unit: " ms",
    per: 1000,
    lines: [
      { metric: "ModelLatency", stat: "Average", label: "mean" },
      { metric: "ModelLatency", stat: "Maximum", label: "slowest" },
    ],
  },
  {
    title: "Errors",
    unit: "",
    per: 1,
    lines: [
      { metric: "Invocation4XXErrors", stat: "Sum", label: "4XX" },
      { metric: "Invocation5XXErrors", stat: "Sum", label: "5XX" },
    ],
  },
  {
    title: "Load",
    unit: " %",
    per: 1,
    lines: [
      { metric: "CPUUtilization", stat: "Average", label: "CPU", namespace: LOAD },
      { metric: "MemoryUtilization", stat: "Average", label: "memory", namespace: LOAD },
    ],
  },
];

export interface Range {
  id: string;
  label: string;
  seconds: number;
  period: number;
}

export const RANGES: Range[] = [
  { id: "1h", label: "Last hour", seconds: 3600, period: 60 },
  { id: "3h", label: "Last 3 hours", seconds: 3 * 3600, period: 60 },
  { id: "12h", label: "Last 12 hours", seconds: 12 * 3600, period: 300 },
  { id: "1d", label: "Last day", seconds: 86_400, period: 900 },
  { id: "7d", label: "Last week", seconds: 7 * 86_400, period: 3600 },
];

/** One query a line and variant; ids are `c0l1v2`. */
export function queriesFor(endpoint: string, variants: string[], period: number): object[] {
  return CHARTS.flatMap((chart, place) =>
    chart.lines.flatMap((line, number) =>
      variants.map((variant, index) => ({
        Id: `c${place}l${number}v${index}`,
        MetricStat: {
          Metric: {
            Namespace: line.namespace ?? "AWS/SageMaker",
            MetricName: line.metric,
            Dimensions: [
              { Name: "EndpointName", Value: endpoint },
              { Name: "VariantName", Value: variant },
            ],
          },
          Period: period,
          Stat: line.stat,
        },
      })),
    ),
  );
}

/** The lines of a chart over all times that any of them has. */
export function seriesOf(chart: ChartSpec, results: Result[], variants: string[]) {
  const place = CHARTS.indexOf(chart);
  const lines = chart.lines.flatMap((line, number) =>
    variants.map((variant, index) => {
      const result = results.find((each) => each.Id === `c${place}l${number}v${index}`);
      const values = new Map((result?.Timestamps ?? []).map((time, at): [number, number] => [secondsOf(time), (result?.Values[at] ?? 0) / chart.per]));
      return { label: variants.length > 1 ? `${variant} ${line.label}` : line.label, values };
    }),
  );
  const x = [...new Set(lines.flatMap((line) => [...line.values.keys()]))].sort((one, other) => one - other);
  return { x, series: lines.map(({ label, values }) => ({ label, values: x.map((time) => values.get(time) ?? null) })) };
}

function secondsOf(time: string | number): number {
  return typeof time === "number" ? time : Date.parse(time) / 1000;
}

/** What a training job measured: the last values, and the course of each. */

import { Empty, Facts } from "../../parts/Box";
import { LineChart } from "../../parts/Chart";
import { rounded } from "../../parts/numbers";
import { useOperation } from "../../wire/query";

interface Final {
  MetricName: string;
  Value: number;
}

interface Results {
  MetricQueryResults: { Status: string; XAxisValues: number[]; MetricValues: number[] }[];
}

const BATCH_MAX = 100;

export function JobMetrics({ job }: { job: Record<string, unknown> }) {
  const arn = String(job["TrainingJobArn"]);
  const last = (job["FinalMetricDataList"] ?? []) as Final[];
  const names = [...new Set(last.map((each) => each.MetricName))].slice(0, BATCH_MAX);
  const queries = names.map((name) => ({ MetricName: name, ResourceArn: arn, MetricStat: "Last", Period: "IterationNumber", XAxisType: "IterationNumber" }));
  const course = useOperation<Results>("sagemaker-metrics", "BatchGetMetrics", { MetricQueries: queries }, { enabled: queries.length > 0, about: [arn] });
  if (!last.length) return <Empty>No metric has been found in the log. Metric definitions of the job say what to look for.</Empty>;
  return (
    <>
      <Facts of={last.map((each): [string, React.ReactNode] => [each.MetricName, <span key={each.MetricName} className="number">{rounded(each.Value)}</span>])} />
      {(course.data?.MetricQueryResults ?? []).map((result, index) =>
        result.XAxisValues.length > 1 ? <LineChart key={names[index]} title={names[index] ?? ""} x={result.XAxisValues} series={[{ label: names[index] ?? "", values: result.MetricValues }]} /> : null,
      )}
    </>
  );
}

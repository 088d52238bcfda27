/** What a training job measured: the last values, and the course of each, as its metric definitions find them in its log. */

import { Empty, Facts } from "../../parts/Box";
import { LineChart } from "../../parts/Chart";
import { useLog } from "../../parts/logLines";
import { rounded } from "../../parts/numbers";
import { coursesOf, type MetricDefinition } from "./courses";

interface Final {
  MetricName: string;
  Value: number;
}

export function JobMetrics({ job }: { job: Record<string, unknown> }) {
  const last = (job["FinalMetricDataList"] ?? []) as Final[];
  const specification = job["AlgorithmSpecification"] as { MetricDefinitions?: MetricDefinition[] } | undefined;
  const log = useLog("/aws/sagemaker/TrainingJobs", `${job["TrainingJobName"]}/`);
  const courses = coursesOf(log.lines.map((line) => line.text), specification?.MetricDefinitions ?? []);
  if (!last.length && !courses.length) return <Empty>No metric has been found in the log. Metric definitions of the job say what to look for.</Empty>;
  return (
    <>
      <Facts of={last.map((each): [string, React.ReactNode] => [each.MetricName, <span key={each.MetricName} className="number">{rounded(each.Value)}</span>])} />
      {courses.map((chart) => (
        <LineChart key={chart.title} title={chart.title} x={chart.x} series={chart.series} />
      ))}
    </>
  );
}

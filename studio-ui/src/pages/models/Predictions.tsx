/** What the model-quality check compared: predictions against the truth, row by row, where the model is a regression. */

import { Card } from "../../parts/Box";
import { tableOf } from "../../parts/objectText";
import { call, listed, preview } from "../../wire/call";
import { useReading } from "../../wire/query";
import type { Step } from "../pipelines/shapes";
import { ScatterPlot } from "../../parts/plots";

const POINTS_MAX = 2000;

interface Job {
  ProcessingInputs?: { InputName: string; S3Input?: { S3Uri: string } }[];
  Environment?: Record<string, string>;
}

export function Predictions({ steps }: { steps: Step[] }) {
  const check = steps.find((step) => step.Metadata?.["QualityCheck"]?.["CheckType"] === "MODEL_QUALITY");
  const job = String(check?.Metadata?.["QualityCheck"]?.["CheckJobArn"] ?? "").split("/").pop() ?? "";
  const points = useReading(["predictions", job], (signal) => pointsOf(job, signal), { enabled: job !== "", fixed: true });
  if (!points.data?.length) return null;
  const residuals = points.data.map(([actual, predicted]): [number, number] => [predicted, predicted - actual]);
  return (
    <Card title="Predictions" actions={<span className="faint small number">{points.data.length} rows</span>}>
      <div className="plots">
        <ScatterPlot title="Predicted against actual" points={points.data} xLabel="actual" yLabel="predicted" ideal="same" />
        <ScatterPlot title="Residuals" points={residuals} xLabel="predicted" yLabel="predicted − actual" ideal="zero" />
      </div>
    </Card>
  );
}

/** [actual, predicted] of the rows the check read; [] where it compared something else than numbers in CSV. */
async function pointsOf(job: string, signal: AbortSignal): Promise<[number, number][]> {
  const described = await call<Job>("sagemaker", "DescribeProcessingJob", { ProcessingJobName: job }, signal);
  const { problem_type: problem, inference_attribute: inference, ground_truth_attribute: truth } = described.Environment ?? {};
  const source = described.ProcessingInputs?.find((input) => input.InputName === "baseline_dataset_input")?.S3Input?.S3Uri;
  if (problem !== "Regression" || !inference || !truth || !source) return [];
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(source) ?? [];
  const objects = await listed<{ Key: string }>("s3", "ListObjectsV2", { Bucket: bucket, Prefix: key, MaxKeys: 5 }, "Contents", signal, 5);
  const first = objects[0];
  if (!first) return [];
  const { bytes } = await preview(`s3://${bucket}/${first.Key}`, signal);
  const rows = tableOf(new TextDecoder().decode(bytes), POINTS_MAX + 1);
  const [actual, predicted] = [columnOf(truth, rows[0]), columnOf(inference, rows[0])];
  return rows.flatMap((row): [number, number][] => {
    const [x, y] = [Number(row[actual]), Number(row[predicted])];
    return Number.isFinite(x) && Number.isFinite(y) && row[actual] !== "" ? [[x, y]] : [];
  });
}

/** `_c1` is the second column; anything else a name in the header. */
function columnOf(attribute: string, header: string[] | undefined): number {
  const numbered = /^_c(\d+)$/.exec(attribute);
  return numbered ? Number(numbered[1]) : (header ?? []).indexOf(attribute);
}

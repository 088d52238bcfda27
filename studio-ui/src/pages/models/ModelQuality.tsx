/** How good the model is: its numbers, what they are compared with, and the shape of its errors. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ObjectLink } from "../../parts/Objects";
import { rounded } from "../../parts/numbers";
import { useJson } from "./files";
import { CurvePlot, Matrix } from "../../parts/plots";
import { Predictions } from "./Predictions";
import { confusionOf, curvesOf, moreIsBetter, qualityMetrics, type QualityStatistics, thresholdsOf } from "./reports";
import type { Step } from "../pipelines/shapes";
import type { Version } from "./shapes";
import "./models.css";

export function ModelQuality({ version, steps }: { version: Version; steps: Step[] }) {
  const source = version.ModelMetrics?.ModelQuality;
  const baseline = version.DriftCheckBaselines?.ModelQuality;
  const statistics = useJson<QualityStatistics>(source?.Statistics?.S3Uri);
  const compared = baseline?.Statistics?.S3Uri !== source?.Statistics?.S3Uri ? baseline?.Statistics?.S3Uri : undefined;
  const before = useJson<QualityStatistics>(compared);
  const constraints = useJson<Record<string, unknown>>(baseline?.Constraints?.S3Uri);
  if (!source?.Statistics) return <Empty>This version was registered without a model-quality file. A ModelQuality check step of its pipeline makes one.</Empty>;
  const earlier = new Map(before.data ? qualityMetrics(before.data).map((each) => [each.name, each.value]) : []);
  const thresholds = thresholdsOf(constraints.data);
  return (
    <Loaded query={statistics}>
      {(found) => {
        const confusion = confusionOf(found);
        const curves = curvesOf(found);
        return (
          <>
            <Card title="Metrics" flush actions={<span className="faint small number">{found.dataset?.item_count} rows</span>}>
              <div className="tiles">
                {qualityMetrics(found).map((metric) => {
                  const then = earlier.get(metric.name);
                  const threshold = thresholds[metric.name];
                  return (
                    <div key={metric.name} className="tile">
                      <span className="tile__name">{metric.name.replaceAll("_", " ")}</span>
                      <span className="tile__value">{rounded(metric.value)}</span>
                      {metric.deviation === null ? null : <span className="tile__note">± {rounded(metric.deviation)}</span>}
                      {then === undefined ? null : (
                        <span className="tile__note">
                          <Delta name={metric.name} value={metric.value} before={then} />
                        </span>
                      )}
                      {threshold && compared ? (
                        <span className="tile__note">
                          {threshold.comparison_operator === "GreaterThanThreshold" ? "at most" : "at least"} {rounded(threshold.threshold)}
                        </span>
                      ) : null}
                    </div>
                  );
                })}
              </div>
            </Card>
            <Predictions steps={steps} />
            {confusion || curves.length ? (
              <Card title="Classification">
                <div className="plots">
                  {confusion ? <Matrix confusion={confusion} /> : null}
                  {curves.map((curve) => (
                    <CurvePlot key={curve.title} curve={curve} />
                  ))}
                </div>
              </Card>
            ) : null}
            <p className="small faint">
              From <ObjectLink uri={source.Statistics?.S3Uri ?? ""} />
            </p>
          </>
        );
      }}
    </Loaded>
  );
}

/** How a number changed, and whether for the better. */
export function Delta({ name, value, before }: { name: string; value: number; before: number }) {
  const change = value - before;
  if (change === 0) return <span className="delta">unchanged</span>;
  const better = moreIsBetter(name);
  const good = better === null ? undefined : better === change > 0;
  return (
    <span className="delta" data-good={good} title={`before: ${rounded(before)}`}>
      {change > 0 ? "▲" : "▼"} {rounded(Math.abs(change))}
      {good === undefined ? "" : good ? " better" : " worse"}
    </span>
  );
}

/** What the predictions come from: the mean of each feature's SHAP values. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ObjectLink } from "../../parts/Objects";
import { rounded } from "../../parts/numbers";
import { useJson } from "./files";
import { Bars } from "../../parts/plots";
import { type Analysis, importances } from "./reports";
import type { Version } from "./shapes";

export function Explainability({ version }: { version: Version }) {
  const source = version.ModelMetrics?.Explainability?.Report?.S3Uri;
  const baseline = version.DriftCheckBaselines?.Explainability?.Constraints?.S3Uri;
  const compared = baseline === source ? undefined : baseline;
  const analysis = useJson<Analysis>(source);
  const before = useJson<Analysis>(compared);
  if (!source) return <Empty>This version was registered without an explainability report. A ClarifyCheck step of its pipeline makes one.</Empty>;
  const earlier = before.data ? importances(before.data) : [];
  return (
    <Loaded query={analysis}>
      {(found) => (
        <>
          {importances(found).map((each) => {
            const marks = new Map(earlier.find((other) => other.label === each.label)?.values.map(({ name, value }) => [name, value]));
            return (
              <Card key={each.label} title={`Feature importance, ${each.label}`} actions={<span className="faint small">on average {rounded(each.expected)} is predicted</span>}>
                <Bars oneSided rows={each.values.map(({ name, value }) => ({ name, value, mark: marks.get(name) }))} />
              </Card>
            );
          })}
          <p className="small faint">
            Global SHAP values from <ObjectLink uri={source} />
          </p>
        </>
      )}
    </Loaded>
  );
}

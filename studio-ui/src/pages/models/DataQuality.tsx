/** What the data looks like, feature by feature, and how far from the baseline. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ObjectLink } from "../../parts/Objects";
import { Table } from "../../parts/Table";
import { rounded } from "../../parts/numbers";
import { useJson } from "./files";
import { Spark } from "../../parts/plots";
import { type DataStatistics, distance, type FeatureRow, featureRows, rebinned, shares } from "./reports";
import type { Version } from "./shapes";

export function DataQuality({ version }: { version: Version }) {
  const source = version.ModelMetrics?.ModelDataQuality?.Statistics?.S3Uri;
  const baseline = version.DriftCheckBaselines?.ModelDataQuality?.Statistics?.S3Uri;
  return source ? <Statistics source={source} baseline={baseline === source ? undefined : baseline} /> : <Empty>This version was registered without statistics of its data. A DataQuality check step of its pipeline makes them.</Empty>;
}

/** A statistics file, compared with another where there is one. */
export function Statistics({ source, baseline }: { source: string; baseline?: string | undefined }) {
  const statistics = useJson<DataStatistics>(source);
  const before = useJson<DataStatistics>(baseline);
  const earlier = new Map(before.data ? featureRows(before.data).map((row) => [row.name, row]) : []);
  const number = (id: string, label: string, value: (row: FeatureRow) => number | null, extra = false) => ({
    id,
    label,
    value,
    show: (row: FeatureRow) => (value(row) === null ? "–" : rounded(value(row) ?? 0)),
    numeric: true,
    extra,
  });
  const drift = (row: FeatureRow): number | null => {
    const old = earlier.get(row.name);
    return old?.buckets.length && row.buckets.length ? distance(shares(row.buckets), rebinned(row.buckets, old.buckets)) : null;
  };
  return (
    <Loaded query={statistics}>
      {(found) => (
        <>
          <Card flush>
            <Table
              name="features"
              rows={featureRows(found)}
              rowKey={(row) => row.name}
              columns={[
                { id: "name", label: "Feature", value: (row) => row.name },
                { id: "type", label: "Type", value: (row) => row.type, filter: true },
                {
                  id: "shape",
                  label: baseline ? "Distribution, baseline grey" : "Distribution",
                  value: (row) => row.buckets.length || row.values.length,
                  show: (row) => {
                    const old = earlier.get(row.name);
                    return row.buckets.length ? (
                      <Spark shares={shares(row.buckets)} before={old?.buckets.length ? rebinned(row.buckets, old.buckets) : undefined} label={`Distribution of ${row.name}`} />
                    ) : (
                      <Spark shares={shares(row.values.slice(0, 20))} label={`Distribution of ${row.name}`} />
                    );
                  },
                },
                ...(baseline ? [number("drift", "Distance", drift)] : []),
                number("missing", "Missing", (row) => row.missing),
                number("mean", "Mean", (row) => row.mean),
                number("deviation", "Deviation", (row) => row.deviation),
                number("min", "Least", (row) => row.min),
                number("max", "Most", (row) => row.max),
                number("distinct", "Distinct", (row) => row.distinct, true),
              ]}
              empty={<Empty>The file has no features.</Empty>}
            />
          </Card>
          <p className="small faint">
            {found.dataset?.item_count} rows, from <ObjectLink uri={source} />
            {baseline ? (
              <>
                {" "}
                compared with <ObjectLink uri={baseline} />
              </>
            ) : null}
          </p>
        </>
      )}
    </Loaded>
  );
}

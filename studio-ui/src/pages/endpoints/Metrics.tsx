/** How an endpoint does: requests, errors, times, load. */

import { useAddress } from "../../parts/address";
import { Card, Empty, Loaded } from "../../parts/Box";
import { LineChart } from "../../parts/Chart";
import { call } from "../../wire/call";
import { useReading } from "../../wire/query";
import { CHARTS, type ChartSpec, queriesFor, RANGES, type Result, seriesOf } from "./metricQueries";
import type { EndpointDescription } from "./shapes";

export function Metrics({ endpoint }: { endpoint: EndpointDescription }) {
  const [search, change] = useAddress();
  const range = RANGES.find((each) => each.id === search.get("range")) ?? RANGES[0];
  const variants = (endpoint.ProductionVariants ?? []).map((variant) => variant.VariantName);
  const results = useReading(
    ["endpoint-metrics", endpoint.EndpointName, variants, range?.id],
    async (signal) => {
      const now = Math.floor(Date.now() / 1000);
      const asked = {
        MetricDataQueries: queriesFor(endpoint.EndpointName, variants, range?.period ?? 60),
        StartTime: now - (range?.seconds ?? 3600),
        EndTime: now,
        ScanBy: "TimestampAscending",
      };
      return (await call<{ MetricDataResults: Result[] }>("cloudwatch", "GetMetricData", asked, signal)).MetricDataResults;
    },
    { about: ["metric:AWS/SageMaker", "metric:/aws/sagemaker/Endpoints"], enabled: variants.length > 0 },
  );
  const choose = (id: string) => change({ range: id });
  return (
    <Card
      title="Metrics"
      actions={
        <select className="input" style={{ width: "auto" }} aria-label="Range" value={range?.id} onChange={(event) => choose(event.target.value)}>
          {RANGES.map((each) => (
            <option key={each.id} value={each.id}>
              {each.label}
            </option>
          ))}
        </select>
      }
    >
      <Loaded query={results} waiting={<div style={{ height: 420 }} />}>
        {(found) =>
          found.every((each) => each.Values.length === 0) ? (
            <Empty>No request has come in this time. Send one in the Test tab.</Empty>
          ) : (
            <div className="plots">
              {CHARTS.map((chart) => (
                <Plot key={chart.title} chart={chart} results={found} variants={variants} seconds={range?.seconds ?? 3600} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Card>
  );
}

function Plot({ chart, results, variants, seconds }: { chart: ChartSpec; results: Result[]; variants: string[]; seconds: number }) {
  const { x, series } = seriesOf(chart, results, variants);
  if (!x.length) return null;
  const now = Date.now() / 1000;
  return <LineChart title={chart.title} x={x} series={series} unit={chart.unit} range={[now - seconds, now]} time />;
}

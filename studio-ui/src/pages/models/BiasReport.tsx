/** Bias of the data and of the predictions: each metric around the value that says "none". */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ObjectLink } from "../../parts/Objects";
import { useJson } from "./files";
import { Bars } from "../../parts/plots";
import { type Analysis, type BiasPart, biasParts, idealOf } from "./reports";
import type { Source, Version } from "./shapes";

export function BiasReport({ version }: { version: Version }) {
  const { Report: whole, PreTrainingReport: pre, PostTrainingReport: post } = version.ModelMetrics?.Bias ?? {};
  const baselines = version.DriftCheckBaselines?.Bias;
  const sources: [Source, Source | undefined][] = [
    ...(pre ? [[pre, baselines?.PreTrainingConstraints] as [Source, Source | undefined]] : []),
    ...(post ? [[post, baselines?.PostTrainingConstraints] as [Source, Source | undefined]] : []),
    ...(!pre && !post && whole ? [[whole, undefined] as [Source, Source | undefined]] : []),
  ];
  if (!sources.length) return <Empty>This version was registered without a bias report. A ClarifyCheck step of its pipeline makes one.</Empty>;
  return (
    <>
      {sources.map(([source, baseline]) => (
        <Report key={source.S3Uri} source={source.S3Uri} baseline={baseline?.S3Uri === source.S3Uri ? undefined : baseline?.S3Uri} />
      ))}
    </>
  );
}

function Report({ source, baseline }: { source: string; baseline: string | undefined }) {
  const analysis = useJson<Analysis>(source);
  const before = useJson<Analysis>(baseline);
  const earlier = before.data ? biasParts(before.data) : [];
  return (
    <Loaded query={analysis}>
      {(found) => (
        <>
          {biasParts(found).map((part, place) => (
            <Part key={part.title} part={part} before={earlier[place]} source={source} />
          ))}
        </>
      )}
    </Loaded>
  );
}

function Part({ part, before, source }: { part: BiasPart; before: BiasPart | undefined; source: string }) {
  return (
    <Card title={part.title} actions={<ObjectLink uri={source}>analysis.json</ObjectLink>}>
      <div style={{ display: "grid", gap: 24 }}>
        {part.groups.map((group) => {
          const marks = new Map(before?.groups.find((each) => each.facet === group.facet && each.group === group.group)?.metrics.map((each) => [each.name, each.value]));
          const rows = (ideal: number) =>
            group.metrics
              .filter((metric) => idealOf(metric.name) === ideal)
              .map((metric) => ({ name: metric.name, title: metric.description || metric.name, value: metric.value, mark: marks.get(metric.name) ?? undefined, note: metric.error }));
          return (
            <section key={`${group.facet}${group.group}`} style={{ display: "grid", gap: 12 }}>
              <h3>
                {group.facet} in {group.group} <span className="faint">against the others, for {part.label} in {part.labelValue}</span>
              </h3>
              <Bars rows={rows(0)} />
              {rows(1).length ? <Bars rows={rows(1)} middle={1} /> : null}
              <p className="faint small">The line in the middle is no bias: 0, and 1 for ratios.{before ? " The mark is the baseline." : ""}</p>
            </section>
          );
        })}
      </div>
    </Card>
  );
}

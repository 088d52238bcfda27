/** Each feature's distribution in a run over that of the baseline: grey then, coloured now, the distance written out. */

import { useState } from "react";
import { rounded } from "../../parts/numbers";
import { useOperation } from "../../wire/query";
import { Statistics } from "../models/DataQuality";
import { useJson } from "../models/files";
import type { DataStatistics } from "../models/reports";
import { type Drift, driftsOf } from "./drift";
import type { Violation } from "./shapes";

interface File {
  S3Uri?: string;
}

interface Definition {
  DataQualityBaselineConfig?: { StatisticsResource?: File };
}

const SHOWN_MAX = 12;

export function Drifts({ place, definition, violations }: { place: string; definition: string | undefined; violations: Violation[] }) {
  const described = useOperation<Definition>("sagemaker", "DescribeDataQualityJobDefinition", { JobDefinitionName: definition }, { enabled: Boolean(definition), fixed: true });
  const config = described.data?.DataQualityBaselineConfig;
  const source = `${place}/statistics.json`;
  const live = useJson<DataStatistics>(source);
  const baseline = useJson<DataStatistics>(config?.StatisticsResource?.S3Uri);
  const [all, setAll] = useState(false);
  if (definition && described.isPending) return null;
  const drifts = live.data && baseline.data ? driftsOf(live.data, baseline.data, violations) : [];
  return (
    <>
      {drifts.length ? (
        <section className="card" aria-label="Drift by feature">
          <div className="card__head">
            <h2>Drift by feature</h2>
            <span className="drift__key small soft">
              <i data-of="baseline" /> baseline <i data-of="live" /> this run
            </span>
          </div>
          <div className="drifts">
            {drifts.slice(0, all ? drifts.length : SHOWN_MAX).map((drift) => (
              <Figure key={drift.feature} drift={drift} />
            ))}
          </div>
          {drifts.length > SHOWN_MAX && !all ? (
            <button type="button" className="button button--small drifts__more" onClick={() => setAll(true)}>
              Show all {drifts.length} features
            </button>
          ) : null}
        </section>
      ) : null}
      <h2>Distributions</h2>
      <Statistics source={source} baseline={config?.StatisticsResource?.S3Uri} />
    </>
  );
}

const WIDTH = 240;
const HEIGHT = 72;

function Figure({ drift }: { drift: Drift }) {
  const { feature, live, baseline, labels, over } = drift;
  const top = Math.max(...live, ...baseline, 1e-9);
  const width = WIDTH / Math.max(1, live.length);
  const tall = (share: number) => (share / top) * (HEIGHT - 2);
  const words = `distance ${rounded(drift.distance)}, ${over === null ? "no violation" : `over the threshold ${rounded(over)}`}`;
  return (
    <figure className="drift" data-over={over === null ? undefined : ""} aria-label={`Drift of ${feature}`}>
      <figcaption>
        <span className="mono" title={feature}>
          {feature}
        </span>
        <span className="drift__words">{words}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${feature} in this run beside the baseline`}>
        {baseline.map((share, bar) => (
          <rect key={`b${bar}`} className="drift__before" x={bar * width} width={Math.max(1, width - 1)} y={HEIGHT - tall(share)} height={tall(share)} />
        ))}
        {live.map((share, bar) => (
          <rect key={`l${bar}`} className="drift__live" x={bar * width + width * 0.2} width={Math.max(1, width * 0.6 - 1)} y={HEIGHT - tall(share)} height={tall(share)} />
        ))}
      </svg>
      <span className="drift__labels">
        {labels.map((label) => (
          <span key={label}>{label}</span>
        ))}
      </span>
    </figure>
  );
}

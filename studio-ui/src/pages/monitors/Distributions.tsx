/** What a data-quality run saw, feature by feature, over the baseline that it was compared with. */

import { useOperation } from "../../wire/query";
import { Statistics } from "../models/DataQuality";

interface Definition {
  DataQualityBaselineConfig?: { StatisticsResource?: { S3Uri?: string } };
}

export function Distributions({ place, definition }: { place: string; definition: string | undefined }) {
  const described = useOperation<Definition>("sagemaker", "DescribeDataQualityJobDefinition", { JobDefinitionName: definition }, { enabled: Boolean(definition), fixed: true });
  if (definition && described.isPending) return null;
  return <Statistics source={`${place}/statistics.json`} baseline={described.data?.DataQualityBaselineConfig?.StatisticsResource?.S3Uri} />;
}

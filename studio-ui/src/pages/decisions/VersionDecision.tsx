/** The decision about a version of a model, wherever it is asked. */

import { ErrorBox, SkeletonLines } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { shortName } from "../../wire/arns";
import { useOperation } from "../../wire/query";
import { DecisionDialog } from "../models/DecisionDialog";
import type { Version } from "../models/shapes";

export function VersionDecision({ arn, close }: { arn: string; close: () => void }) {
  const version = useOperation<Version>("sagemaker", "DescribeModelPackage", { ModelPackageName: arn }, { about: [arn] });
  if (version.data) return <DecisionDialog version={version.data} close={close} />;
  return (
    <Dialog title={`Decide about ${shortName(arn)}`} close={close}>
      {version.error ? <ErrorBox error={version.error} /> : <SkeletonLines lines={4} />}
    </Dialog>
  );
}

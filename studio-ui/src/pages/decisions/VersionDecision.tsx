/** The decision about a version of a model. */

import { useState } from "react";
import { ErrorBox } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { shortName } from "../../wire/arns";
import { useWrite } from "../../wire/query";

export function VersionDecision({ arn, close }: { arn: string; close: () => void }) {
  const [comment, setComment] = useState("");
  const write = useWrite("sagemaker", "UpdateModelPackage", ["DescribeModelPackage", "ListModelPackages"]);
  const send = (status: string) => write.mutate({ ModelPackageArn: arn, ModelApprovalStatus: status, ...(comment ? { ApprovalDescription: comment } : {}) }, { onSuccess: close });
  return (
    <Dialog
      title={`Decide about ${shortName(arn)}`}
      close={close}
      foot={
        <>
          <button type="button" className="button button--danger" disabled={write.isPending} onClick={() => send("Rejected")}>
            Reject
          </button>
          <button type="button" className="button button--primary" disabled={write.isPending} onClick={() => send("Approved")}>
            Approve
          </button>
        </>
      }
    >
      {write.error ? <ErrorBox error={write.error} /> : null}
      <label className="field">
        <span className="field__label">
          Comment <span className="faint">kept with the version</span>
        </span>
        <textarea className="input" value={comment} maxLength={1024} onChange={(event) => setComment(event.target.value)} />
      </label>
    </Dialog>
  );
}

/** Approve or reject a version: the evidence, the comment, and what comes of it. */

import { useState } from "react";
import { ErrorBox } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { Status } from "../../parts/Status";
import { useOperation, useWrite } from "../../wire/query";
import { Delta } from "./ModelQuality";
import { useConsequences } from "./rules";
import type { Version, VersionSummary } from "./shapes";
import { useEvidence } from "./versionMetrics";
import { rounded } from "../../parts/numbers";

const CHOICES = [
  ["Approved", "Approve"],
  ["Rejected", "Reject"],
  ["PendingManualApproval", "Set back to pending"],
] as const;
const COMMENT_LENGTH_MAX = 1024;

export function DecisionDialog({ version, close }: { version: Version; close: () => void }) {
  const [choice, setChoice] = useState(version.ModelApprovalStatus === "Approved" ? "Rejected" : "Approved");
  const [comment, setComment] = useState("");
  const write = useWrite("sagemaker", "UpdateModelPackage", ["DescribeModelPackage", "ListModelPackages", "ListActions"]);
  const consequences = useConsequences(version.ModelPackageGroupName);
  const started = consequences.data ?? [];
  const send = () => write.mutate({ ModelPackageArn: version.ModelPackageArn, ModelApprovalStatus: choice, ...(comment ? { ApprovalDescription: comment } : {}) }, { onSuccess: close });
  const verb = CHOICES.find(([status]) => status === choice)?.[1] ?? "";
  return (
    <Dialog
      title={`Decide about ${version.ModelPackageGroupName} version ${version.ModelPackageVersion}`}
      close={close}
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className={`button button--primary${choice === "Rejected" ? " button--danger" : ""}`} disabled={write.isPending || choice === version.ModelApprovalStatus} onClick={send}>
            {verb} version {version.ModelPackageVersion}
          </button>
        </>
      }
    >
      {write.error ? <ErrorBox error={write.error} /> : null}
      <div>
        Now: <Status value={version.ModelApprovalStatus} />
      </div>
      <Evidence version={version} />
      <fieldset className="flags" style={{ gridTemplateColumns: "1fr" }}>
        <legend className="field__label">Decision</legend>
        {CHOICES.filter(([status]) => status !== version.ModelApprovalStatus).map(([status, label]) => (
          <label key={status} className="choice">
            <input type="radio" name="decision" checked={choice === status} onChange={() => setChoice(status)} />
            {label}
          </label>
        ))}
      </fieldset>
      <label className="field">
        <span className="field__label">
          Comment <span className="faint">kept with the version</span>
        </span>
        <textarea className="input" value={comment} maxLength={COMMENT_LENGTH_MAX} onChange={(event) => setComment(event.target.value)} />
      </label>
      <p className="soft small">
        {choice === "PendingManualApproval"
          ? "The version waits for a decision again. Running endpoints stay as they are."
          : started.length
            ? `This starts ${started.join(" and ")}.${choice === "Rejected" ? " A rejected version is not deployed; the last approved one stays." : ""}`
            : "No event rule listens for this decision: nothing starts by itself."}
      </p>
    </Dialog>
  );
}

/** The version's numbers beside those of the one approved last. */
function Evidence({ version }: { version: Version }) {
  const asked = { ModelPackageGroupName: version.ModelPackageGroupName, ModelApprovalStatus: "Approved", MaxResults: 2 };
  const approved = useOperation<{ ModelPackageSummaryList: VersionSummary[] }>("sagemaker", "ListModelPackages", asked, { about: ["sagemaker:model-package"] });
  const last = approved.data?.ModelPackageSummaryList.find((each) => each.ModelPackageVersion !== version.ModelPackageVersion);
  const evidence = useEvidence([version.ModelPackageArn, ...(last ? [last.ModelPackageArn] : [])]);
  const mine = evidence.get(version.ModelPackageArn)?.metrics ?? {};
  const before = last ? (evidence.get(last.ModelPackageArn)?.metrics ?? {}) : {};
  if (!Object.keys(mine).length) return <p className="soft">This version has no model-quality file.</p>;
  return (
    <table className="table">
      <thead>
        <tr>
          <th>
            <span>Metric</span>
          </th>
          <th data-numeric>
            <span style={{ justifyContent: "flex-end" }}>Version {version.ModelPackageVersion}</span>
          </th>
          {last ? (
            <th data-numeric>
              <span style={{ justifyContent: "flex-end" }}>Version {last.ModelPackageVersion}, approved</span>
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {Object.entries(mine).map(([name, value]) => (
          <tr key={name}>
            <td style={{ height: 30 }}>{name}</td>
            <td data-numeric>
              {rounded(value)} {before[name] === undefined ? null : <Delta name={name} value={value} before={before[name]} />}
            </td>
            {last ? <td data-numeric>{before[name] === undefined ? "–" : rounded(before[name])}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

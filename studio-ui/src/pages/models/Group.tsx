/** One model group: its versions, their numbers side by side. */

import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, ErrorBox, Facts, Loaded, Tabs } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Status } from "../../parts/Status";
import { type Column, Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useGrowingList } from "../../wire/growing";
import { useOperation } from "../../wire/query";
import { rounded } from "../../parts/numbers";
import type { GroupSummary, VersionSummary } from "./shapes";
import { type Evidence, useEvidence } from "./versionMetrics";

// Shown at once; the column chooser has the others.
const COLUMNS_MAX = 4;
const VERSIONS_MAX = 10_000;

export default function Group() {
  const { group = "" } = useParams();
  usePlace(["Models", "/models"], [group]);
  const described = useOperation<GroupSummary>("sagemaker", "DescribeModelPackageGroup", { ModelPackageGroupName: group }, { about: ["sagemaker:model-package-group"] });
  const versions = useGrowingList<VersionSummary>("sagemaker", "ListModelPackages", { ModelPackageGroupName: group }, "ModelPackageSummaryList", (row) => row.ModelPackageArn, { about: ["sagemaker:model-package"], limit: VERSIONS_MAX });
  const data = described.data;
  return (
    <Page title={group} about={data ? <span>{data.ModelPackageGroupDescription}</span> : null}>
      {described.error ? <ErrorBox error={described.error} /> : null}
      <Tabs
        tabs={[
          { id: "versions", label: "Versions", count: versions.data?.length, body: () => <Loaded query={versions}>{(rows) => <Versions group={group} rows={rows} />}</Loaded> },
          {
            id: "settings",
            label: "Settings",
            body: () => (
              <Loaded query={described}>
                {(found) => (
                  <Card>
                    <Facts
                      of={[
                        ["ARN", <ArnLink key="a" arn={found.ModelPackageGroupArn}>{found.ModelPackageGroupArn}</ArnLink>],
                        ["Status", <Status key="s" value={found.ModelPackageGroupStatus} />],
                        ["Created", <Time key="c" at={found.CreationTime} both />],
                      ]}
                    />
                  </Card>
                )}
              </Loaded>
            ),
          },
        ]}
      />
    </Page>
  );
}

function Versions({ group, rows }: { group: string; rows: VersionSummary[] }) {
  const evidence = useEvidence(rows.map((row) => row.ModelPackageArn));
  const [picked, setPicked] = useState<Set<string>>(new Set());
  const [comparing, setComparing] = useState(false);
  const page = (row: VersionSummary) => `/models/${group}/${row.ModelPackageVersion}`;
  const names = [...new Set([...evidence.values()].flatMap((each) => Object.keys(each.metrics)))];
  const columns: Column<VersionSummary>[] = [
    { id: "version", label: "Version", value: (row) => row.ModelPackageVersion, show: (row) => <Link href={page(row)}>Version {row.ModelPackageVersion}</Link> },
    { id: "status", label: "Approval", value: (row) => row.ModelApprovalStatus, show: (row) => <Status value={row.ModelApprovalStatus} />, filter: true },
    { id: "registered", label: "Registered", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} /> },
    {
      id: "execution",
      label: "Made by",
      value: (row) => evidence.get(row.ModelPackageArn)?.version?.MetadataProperties?.GeneratedBy ?? null,
      show: (row) => {
        const made = evidence.get(row.ModelPackageArn)?.version?.MetadataProperties?.GeneratedBy;
        return made ? <ArnLink arn={made} /> : <span className="faint">–</span>;
      },
    },
    { id: "comment", label: "Comment", value: (row) => evidence.get(row.ModelPackageArn)?.version?.ApprovalDescription ?? null },
    ...names.map(
      (name, place): Column<VersionSummary> => ({
        id: `m.${name}`,
        label: name,
        value: (row) => evidence.get(row.ModelPackageArn)?.metrics[name] ?? null,
        show: (row) => {
          const value = evidence.get(row.ModelPackageArn)?.metrics[name];
          return value === undefined ? <span className="faint">–</span> : rounded(value);
        },
        numeric: true,
        extra: place >= COLUMNS_MAX,
      }),
    ),
  ];
  const chosen = rows.filter((row) => picked.has(row.ModelPackageArn));
  return (
    <Card flush>
      <Table
        name="versions"
        rows={rows}
        rowKey={(row) => row.ModelPackageArn}
        leads={page}
        columns={columns}
        order="-version"
        picked={picked}
        setPicked={setPicked}
        actions={
          <button type="button" className="button button--small" disabled={chosen.length < 2} title={chosen.length < 2 ? "Pick two versions or more" : undefined} onClick={() => setComparing(true)}>
            <GitCompareArrows /> Compare
          </button>
        }
        empty={<Empty>No version has been registered in this group yet.</Empty>}
      />
      {comparing ? (
        <Dialog title={`Compare versions of ${group}`} close={() => setComparing(false)} wide>
          <Comparison versions={chosen} evidence={evidence} />
        </Dialog>
      ) : null}
    </Card>
  );
}

function Comparison({ versions, evidence }: { versions: VersionSummary[]; evidence: Map<string, Evidence> }) {
  const names = [...new Set(versions.flatMap((each) => Object.keys(evidence.get(each.ModelPackageArn)?.metrics ?? {})))];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Comparison">
      <table className="table">
        <thead>
          <tr>
            <th>
              <span>Metric</span>
            </th>
            {versions.map((version) => (
              <th key={version.ModelPackageArn} data-numeric>
                <span style={{ justifyContent: "flex-end" }}>Version {version.ModelPackageVersion}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <td>{name}</td>
              {versions.map((version) => {
                const value = evidence.get(version.ModelPackageArn)?.metrics[name];
                return (
                  <td key={version.ModelPackageArn} data-numeric>
                    {value === undefined ? "–" : rounded(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

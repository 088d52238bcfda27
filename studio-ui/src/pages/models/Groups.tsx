/** All model groups, with their newest version. */

import { useQueries } from "@tanstack/react-query";
import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { call } from "../../wire/call";
import { settings, useList } from "../../wire/query";
import type { GroupSummary, VersionSummary } from "./shapes";

interface Row extends GroupSummary {
  newest: VersionSummary | undefined;
  approved: VersionSummary | undefined;
}

export default function Groups() {
  usePlace(["Models"]);
  const groups = useList<GroupSummary>("sagemaker", "ListModelPackageGroups", {}, "ModelPackageGroupSummaryList", { about: ["sagemaker:model-package"] });
  const rows = useRows(groups.data ?? []);
  const waiting = rows.filter((row) => row.newest?.ModelApprovalStatus === "PendingManualApproval").length;
  return (
    <Page title="Models" about={waiting ? `${waiting} ${waiting === 1 ? "group has a version" : "groups have versions"} waiting for approval.` : "Registered versions, their evidence and their approval."}>
      <Card flush>
        <Loaded query={groups} waiting={<div style={{ height: 240 }} />}>
          {() => (
            <Table
              name="groups"
              rows={rows}
              rowKey={(row) => row.ModelPackageGroupArn}
              leads={(row) => `/models/${row.ModelPackageGroupName}`}
              order="-registered"
              columns={[
                { id: "name", label: "Group", value: (row) => row.ModelPackageGroupName, show: (row) => <Link href={`/models/${row.ModelPackageGroupName}`}>{row.ModelPackageGroupName}</Link> },
                { id: "newest", label: "Newest", value: (row) => row.newest?.ModelPackageVersion ?? null, show: (row) => (row.newest ? `version ${row.newest.ModelPackageVersion}` : <span className="faint">none</span>) },
                { id: "status", label: "Its approval", value: (row) => row.newest?.ModelApprovalStatus ?? null, show: (row) => (row.newest ? <Status value={row.newest.ModelApprovalStatus} /> : null), filter: true },
                { id: "approved", label: "Last approved", value: (row) => row.approved?.ModelPackageVersion ?? null, show: (row) => (row.approved ? `version ${row.approved.ModelPackageVersion}` : <span className="faint">–</span>) },
                { id: "registered", label: "Registered", value: (row) => row.newest?.CreationTime ?? row.CreationTime, show: (row) => <Time at={row.newest?.CreationTime ?? row.CreationTime} /> },
                { id: "about", label: "Description", value: (row) => row.ModelPackageGroupDescription ?? null },
              ]}
              empty={<Empty>No model has been registered. A pipeline's RegisterModel step does it, or `model.register(...)` of the SageMaker SDK.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function useRows(groups: GroupSummary[]): Row[] {
  const first = (params: Record<string, unknown>) => ({
    queryKey: ["sagemaker", "ListModelPackages", params],
    queryFn: ({ signal }: { signal: AbortSignal }) => call<{ ModelPackageSummaryList: VersionSummary[] }>("sagemaker", "ListModelPackages", params, signal),
    ...settings({ about: ["sagemaker:model-package"] }),
  });
  const newest = useQueries({ queries: groups.map((group) => first({ ModelPackageGroupName: group.ModelPackageGroupName, MaxResults: 1 })) });
  const approved = useQueries({ queries: groups.map((group) => first({ ModelPackageGroupName: group.ModelPackageGroupName, ModelApprovalStatus: "Approved", MaxResults: 1 })) });
  return groups.map((group, index) => ({
    ...group,
    newest: newest[index]?.data?.ModelPackageSummaryList[0],
    approved: approved[index]?.data?.ModelPackageSummaryList[0],
  }));
}

/** All endpoints and what they serve. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useList } from "../../wire/query";
import { useServing } from "../models/serving";
import type { EndpointSummary } from "./shapes";

export default function Endpoints() {
  usePlace(["Endpoints"]);
  const endpoints = useList<EndpointSummary>("sagemaker", "ListEndpoints", {}, "Endpoints", { about: ["sagemaker:endpoint"] });
  const serving = new Map(useServing().map((each) => [each.arn, each]));
  const page = (row: EndpointSummary) => `/endpoints/${row.EndpointName}`;
  return (
    <Page title="Endpoints" about="Models that answer requests.">
      <Card flush>
        <Loaded query={endpoints} waiting={<div style={{ height: 240 }} />}>
          {(rows) => (
            <Table
              name="endpoints"
              rows={rows}
              rowKey={(row) => row.EndpointArn}
              leads={page}
              order="-changed"
              columns={[
                { id: "name", label: "Name", value: (row) => row.EndpointName, show: (row) => <Link href={page(row)}>{row.EndpointName}</Link> },
                { id: "status", label: "Status", value: (row) => row.EndpointStatus, show: (row) => <Status value={row.EndpointStatus} />, filter: true },
                {
                  id: "serves",
                  label: "Serves",
                  value: (row) => serving.get(row.EndpointArn)?.packages.join(" ") || null,
                  show: (row) => {
                    const packages = serving.get(row.EndpointArn)?.packages ?? [];
                    return packages.length ? packages.map((arn) => <ArnLink key={arn} arn={arn} />) : <span className="faint">a model without a version</span>;
                  },
                },
                { id: "stage", label: "Stage", value: (row) => serving.get(row.EndpointArn)?.stage || null, filter: true },
                { id: "changed", label: "Changed", value: (row) => row.LastModifiedTime, show: (row) => <Time at={row.LastModifiedTime} /> },
                { id: "created", label: "Created", value: (row) => row.CreationTime, show: (row) => <Time at={row.CreationTime} />, extra: true },
              ]}
              empty={<Empty>No endpoint has been created. A project's modeldeploy pipeline makes them; so does `model.deploy(...)` of the SageMaker SDK.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

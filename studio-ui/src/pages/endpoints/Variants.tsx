/** The variants that share an endpoint's requests. */

import { Card, Facts } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useReading } from "../../wire/query";
import { packagesOf } from "../models/serving";
import type { EndpointConfig, EndpointDescription, VariantState } from "./shapes";

export function Variants({ endpoint, config }: { endpoint: EndpointDescription; config: EndpointConfig | undefined }) {
  const configs = new Map(config?.ProductionVariants.map((variant) => [variant.VariantName, variant]));
  const pending = endpoint.PendingDeploymentSummary;
  const size = (row: VariantState) => {
    const known = configs.get(row.VariantName);
    if (known?.ServerlessConfig) return `serverless, ${known.ServerlessConfig.MemorySizeInMB} MB`;
    return known?.InstanceType ?? "";
  };
  return (
    <>
      {pending ? (
        <Card title="Deployment under way">
          <Facts
            of={[
              ["Configuration", pending.EndpointConfigName],
              ["Since", <Time key="t" at={pending.StartTime} both />],
            ]}
          />
        </Card>
      ) : null}
      <Card flush>
        <Table
          name="variants"
          plain
          rows={endpoint.ProductionVariants ?? []}
          rowKey={(row) => row.VariantName}
          columns={[
            { id: "name", label: "Variant", value: (row) => row.VariantName },
            { id: "model", label: "Model", value: (row) => configs.get(row.VariantName)?.ModelName ?? null, show: (row) => <Model name={configs.get(row.VariantName)?.ModelName} /> },
            { id: "share", label: "Weight", value: (row) => row.CurrentWeight ?? null, show: (row) => changing(row.CurrentWeight, row.DesiredWeight), numeric: true },
            { id: "instances", label: "Instances", value: (row) => row.CurrentInstanceCount ?? null, show: (row) => changing(row.CurrentInstanceCount, row.DesiredInstanceCount), numeric: true },
            { id: "type", label: "Type", value: size },
            { id: "image", label: "Image", value: (row) => row.DeployedImages?.[0]?.SpecifiedImage ?? null, show: (row) => <Image uri={row.DeployedImages?.[0]?.SpecifiedImage} /> },
            { id: "state", label: "State", value: (row) => row.VariantStatus?.[0]?.Status ?? endpoint.EndpointStatus, show: (row) => <Status value={row.VariantStatus?.[0]?.Status ?? endpoint.EndpointStatus} title={row.VariantStatus?.[0]?.StatusMessage} /> },
          ]}
          empty={<p className="empty">No variant serves yet.</p>}
        />
      </Card>
    </>
  );
}

function changing(now: number | undefined, then: number | undefined): string {
  return then !== undefined && then !== now ? `${now ?? 0} → ${then}` : String(now ?? "–");
}

function Model({ name }: { name: string | undefined }) {
  const packages = useReading(["packages", name], (signal) => packagesOf(name ?? "", signal), { enabled: name !== undefined, fixed: true });
  if (!name) return <span className="faint">–</span>;
  const [first] = packages.data ?? [];
  return first ? <ArnLink arn={first} /> : <Copyable text={name} />;
}

function Image({ uri }: { uri: string | undefined }) {
  return uri ? <Copyable text={uri} mono>{uri.split("/").pop()}</Copyable> : <span className="faint">–</span>;
}

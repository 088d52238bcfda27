/** Where a version comes from and where it went, as a graph: data with its snapshots, jobs, image, decision. */

import { Box, Boxes, CheckCheck, Cog, Container, Database, File, PackageCheck } from "lucide-react";
import { lazy, Suspense } from "react";
import { useQueries } from "@tanstack/react-query";
import { useAddress } from "../../parts/address";
import { Card, Empty, Facts, Loaded } from "../../parts/Box";
import { ArnLink, Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { reduced } from "../../parts/layout";
import { ObjectLink } from "../../parts/Objects";
import { SidePanel, Split } from "../../parts/SidePanel";
import { Time } from "../../parts/Time";
import { shortName } from "../../wire/arns";
import { call } from "../../wire/call";
import { settings, useReading } from "../../wire/query";

const Graph = lazy(() => import("../../parts/Graph"));

interface Vertex {
  Arn: string;
  Type: string;
  LineageType: string;
}

interface Walk {
  Vertices: Vertex[];
  Edges: { SourceArn: string; DestinationArn: string; AssociationType?: string }[];
}

type Document = Record<string, unknown> & { Source?: { SourceUri?: string; SourceArn?: string }; CreationTime?: string };

const DEPTH = 10;
const DESCRIBED_MAX = 80;
const ICONS: Record<string, React.ReactNode> = {
  ModelPackage: <PackageCheck />,
  Model: <Box />,
  ModelGroup: <Boxes />,
  DataSet: <Database />,
  DataSnapshot: <Database />,
  Image: <Container />,
  Runtime: <Container />,
  Approval: <CheckCheck />,
};
// All take an ARN where they ask for a name.
const DESCRIBE: Record<string, [operation: string, member: string]> = {
  Artifact: ["DescribeArtifact", "ArtifactArn"],
  Action: ["DescribeAction", "ActionName"],
  Context: ["DescribeContext", "ContextName"],
  TrialComponent: ["DescribeTrialComponent", "TrialComponentName"],
};

export function Lineage({ arn }: { arn: string }) {
  const walk = useReading(["lineage", arn], (signal) => walked(arn, signal), { about: [arn] });
  return <Loaded query={walk}>{(found) => (found.Vertices.length ? <Drawn walk={found} /> : <Empty>Nothing is known of where this version comes from.</Empty>)}</Loaded>;
}

function Drawn({ walk }: { walk: Walk }) {
  const [search, change] = useAddress();
  const chosen = search.get("node");
  const choose = (id: string | null) => change({ node: id });
  const described = useQueries({
    queries: walk.Vertices.slice(0, DESCRIBED_MAX).map((vertex) => {
      const [operation, member] = DESCRIBE[vertex.LineageType] ?? ["DescribeArtifact", "ArtifactArn"];
      const params = { [member]: vertex.Arn };
      return {
        queryKey: ["sagemaker", operation, params],
        queryFn: ({ signal }: { signal: AbortSignal }) => call<Document>("sagemaker", operation, params, signal),
        ...settings({ fixed: true }),
      };
    }),
  });
  const documents = new Map(walk.Vertices.map((vertex, index) => [vertex.Arn, described[index]?.data]));
  const nodes = walk.Vertices.map((vertex) => ({
    id: vertex.Arn,
    label: labelOf(vertex, documents.get(vertex.Arn)),
    icon: ICONS[vertex.Type] ?? (/Job$/.test(vertex.Type) ? <Cog /> : <File />),
    status: vertex.Type.replace(/^SageMaker/, ""),
  }));
  const edges = reduced(walk.Edges.map((edge) => ({ from: edge.SourceArn, to: edge.DestinationArn })));
  const shown = walk.Vertices.find((vertex) => vertex.Arn === chosen);
  return (
    <Card title={`${nodes.length} things`} flush>
      <Split panel={shown ? <VertexPanel vertex={shown} document={documents.get(shown.Arn)} close={() => choose(null)} /> : null}>
        <Suspense fallback={<div style={{ height: 480 }} />}>
          <Graph nodes={nodes} edges={edges} direction="LR" chosen={chosen} choose={choose} />
        </Suspense>
      </Split>
    </Card>
  );
}

function VertexPanel({ vertex, document, close }: { vertex: Vertex; document: Document | undefined; close: () => void }) {
  const uri = document?.Source?.SourceUri ?? document?.Source?.SourceArn ?? "";
  return (
    <SidePanel
      title={labelOf(vertex, document)}
      under={<span className="soft">{vertex.Type}</span>}
      close={close}
      tabs={[
        {
          id: "overview",
          label: "Overview",
          body: () => (
            <Facts
              list
              of={[
                ["Source", uri ? <SourceLink key="s" uri={uri} /> : null],
                ["Since", document?.CreationTime ? <Time key="t" at={document.CreationTime} both /> : null],
                ...Object.entries((document?.["Properties"] ?? {}) as Record<string, string>).map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={value} mono />]),
                ["ARN", <ArnLink key="a" arn={vertex.Arn}>{vertex.Arn}</ArnLink>],
              ]}
            />
          ),
        },
        { id: "json", label: "JSON", body: () => <Json value={document ?? vertex} /> },
      ]}
    />
  );
}

function SourceLink({ uri }: { uri: string }) {
  if (uri.startsWith("s3://")) return <ObjectLink uri={uri} />;
  return uri.startsWith("arn:") ? <ArnLink arn={uri} /> : <Copyable text={uri} mono />;
}

function labelOf(vertex: Vertex, document: Document | undefined): string {
  const uri = document?.Source?.SourceUri ?? document?.Source?.SourceArn ?? "";
  if (vertex.LineageType === "TrialComponent") return jobLabel(shortName(uri.startsWith("arn:") ? uri : vertex.Arn));
  if (vertex.Type === "Approval") return String((document?.["Properties"] as Record<string, string> | undefined)?.["ApprovalStatus"] ?? vertex.Type);
  if (vertex.LineageType !== "Artifact") return shortName(vertex.Arn);
  if (uri.startsWith("arn:")) return shortName(uri);
  if (vertex.Type === "Image") return uri.split("/").pop() ?? uri;
  return uri.split("/").filter(Boolean).slice(-2).join("/") || vertex.Type;
}

/** Jobs of pipelines are named `pipelines-<execution>-<step>-<random>`: the step says what it was. */
function jobLabel(name: string): string {
  return /^pipelines-[a-z0-9]{12}-(.+)-\w{10}$/.exec(name)?.[1] ?? name;
}

async function walked(arn: string, signal: AbortSignal): Promise<Walk> {
  const { ArtifactSummaries: artifacts } = await call<{ ArtifactSummaries: { ArtifactArn: string }[] }>("sagemaker", "ListArtifacts", { SourceUri: arn }, signal);
  const starts = artifacts.map((artifact) => artifact.ArtifactArn).slice(0, 1);
  if (!starts.length) return { Vertices: [], Edges: [] };
  const asked = { StartArns: starts, Direction: "Both", IncludeEdges: true, MaxDepth: DEPTH, MaxResults: 50 };
  const found: Walk = { Vertices: [], Edges: [] };
  let token: string | undefined;
  do {
    const page: Walk & { NextToken?: string } = await call("sagemaker", "QueryLineage", { ...asked, ...(token ? { NextToken: token } : {}) }, signal);
    found.Vertices.push(...page.Vertices);
    found.Edges.push(...page.Edges);
    token = page.NextToken;
  } while (token);
  return found;
}

/** A graph of steps: laid out by dagre, drawn by React Flow, live. */

import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
  ReactFlowProvider,
  useReactFlow,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { createContext, memo, useContext, useEffect, useMemo } from "react";
import { type Connection, type Direction, type Group, NODE, type Placeable, type Rectangle } from "./layout";
import { useLayout } from "./useLayout";
import { Mark } from "./Status";
import { lookOf, wordsOf } from "./statuses";
import "./graph.css";

export interface GraphNode extends Placeable {
  label: string;
  icon: React.ReactNode;
  status: string;
  /** The second line, beside the status: how long it took, or what it is. */
  under?: React.ReactNode;
}

export interface GraphEdge extends Connection {
  label?: string | undefined;
  dashed?: boolean;
}

interface Settings {
  nodes: GraphNode[];
  edges: GraphEdge[];
  groups?: Group[];
  direction: Direction;
  chosen: string | null;
  choose: (id: string | null) => void;
}

/** The chosen node: apart from the nodes, so that choosing one of a thousand draws two again. */
const Chosen = createContext<string | null>(null);
const MAP_FROM = 30;
const NO_GROUPS: Group[] = [];

export default function Graph(settings: Settings) {
  return (
    <div className="graph">
      <ReactFlowProvider>
        <Drawn {...settings} />
      </ReactFlowProvider>
    </div>
  );
}

function Drawn({ nodes, edges, groups = NO_GROUPS, direction, chosen, choose }: Settings) {
  const flow = useReactFlow();
  // Statuses change often and move nothing: only what stands where is laid out again.
  const shape = useMemo(() => JSON.stringify([nodes.map(({ id, group }) => [id, group]), edges.map(({ from, to }) => [from, to]), groups, direction]), [nodes, edges, groups, direction]);
  const places = useLayout({ nodes, edges, groups, direction }, shape);
  useEffect(() => {
    if (places) void flow.fitView(FIT).then(() => readable(flow, places));
  }, [flow, places]);
  const statuses = useMemo(() => new Map(nodes.map((node) => [node.id, node.status])), [nodes]);
  const drawn = useMemo(() => (places ? drawnOf(nodes, groups, direction, places) : []), [nodes, groups, direction, places]);
  const lines = useMemo(() => linesOf(edges, statuses), [edges, statuses]);
  if (!places) return <p className="empty">Laying out {nodes.length} steps…</p>;

  return (
    <Chosen value={chosen}>
      <ReactFlow
        nodes={drawn}
        edges={lines}
        nodeTypes={KINDS}
        onNodeClick={(_, node) => node.type === "step" && choose(node.id)}
        onPaneClick={() => choose(null)}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        minZoom={0.08}
        maxZoom={1.6}
        fitView
        fitViewOptions={FIT}
        proOptions={{ hideAttribution: true }}
        aria-label="Graph of steps"
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} />
        {nodes.length > MAP_FROM ? <MiniMap pannable zoomable nodeColor={colourOf} /> : null}
      </ReactFlow>
    </Chosen>
  );
}

function drawnOf(nodes: GraphNode[], groups: Group[], direction: Direction, places: Map<string, Rectangle>): Node[] {
  const placeOf = (id: string) => ({ x: places.get(id)?.x ?? 0, y: places.get(id)?.y ?? 0 });
  return [
    ...groups.map((group): Node => {
      const place = places.get(group.id);
      return { id: group.id, type: "group", position: placeOf(group.id), data: { label: group.label }, style: { width: place?.width ?? 0, height: place?.height ?? 0 }, selectable: false, zIndex: -1 };
    }),
    ...nodes.map((node): Node => ({ id: node.id, type: "step", position: placeOf(node.id), data: { node, direction }, width: NODE.width, height: NODE.height })),
  ];
}

function linesOf(edges: GraphEdge[], statuses: Map<string, string>): Edge[] {
  return edges.map(
    (edge): Edge => ({
      id: `${edge.from} ${edge.to}`,
      source: edge.from,
      target: edge.to,
      type: "smoothstep",
      ...(edge.label ? { label: edge.label, labelBgPadding: [5, 2], labelBgBorderRadius: 4 } : {}),
      className: [edge.dashed ? "is-dashed" : "", lookOf(statuses.get(edge.to) ?? "") === "run" ? "is-live" : ""].join(" "),
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: "var(--line-strong)" },
      focusable: false,
    }),
  );
}

const FIT = { padding: 0.12, maxZoom: 1 };
// Smaller than this nobody reads; then it begins at the top and is moved by hand.
const READABLE = 0.42;

function readable(flow: ReactFlowInstance, places: Map<string, Rectangle>): void {
  const [first] = [...places.values()].sort((one, other) => one.y - other.y || one.x - other.x);
  const { zoom } = flow.getViewport();
  const pane = document.querySelector(".graph .react-flow");
  if (!first || !pane || zoom >= READABLE) return;
  const next = READABLE + 0.2;
  void flow.setCenter(first.x + first.width / 2, first.y + (pane.clientHeight / 2 - 24) / next, { zoom: next });
}

const COLOURS: Record<string, string> = { good: "var(--good)", run: "var(--run)", wait: "var(--wait)", bad: "var(--bad)" };

function colourOf({ data }: Node): string {
  const { node } = data as { node?: GraphNode };
  return COLOURS[lookOf(node?.status ?? "")] ?? "var(--line-strong)";
}

const Step = memo(function Step({ data }: NodeProps) {
  const { node, direction } = data as { node: GraphNode; direction: Direction };
  const chosen = useContext(Chosen) === node.id;
  const look = lookOf(node.status);
  const [into, outOf] = direction === "TB" ? [Position.Top, Position.Bottom] : [Position.Left, Position.Right];
  return (
    <div className="node" data-look={look} data-chosen={chosen || undefined} title={node.label}>
      <Handle type="target" position={into} isConnectable={false} />
      <span className="node__icon">{node.icon}</span>
      <span style={{ minWidth: 0 }}>
        <span className="node__name" style={{ display: "block" }}>
          {node.label}
        </span>
        <span className="node__under" style={{ display: "block" }}>
          {wordsOf(node.status)}
          {node.under ? <> · {node.under}</> : null}
        </span>
      </span>
      <span className="node__mark">
        {look === "plain" ? null : <Mark look={look} />}
      </span>
      <Handle type="source" position={outOf} isConnectable={false} />
    </div>
  );
});

function Branch({ data }: NodeProps) {
  return (
    <div className="graph__group">
      <span>{(data as { label: string }).label}</span>
    </div>
  );
}

const KINDS = { step: Step, group: Branch };

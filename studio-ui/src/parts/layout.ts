/** Where the nodes of a graph stand: dagre's layered layout, groups included. */

import { Graph as Dagre, layout } from "@dagrejs/dagre";

export interface Placeable {
  id: string;
  group?: string | undefined;
}

export interface Connection {
  from: string;
  to: string;
}

export interface Group {
  id: string;
  label: string;
  parent?: string | undefined;
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Asked {
  nodes: Placeable[];
  edges: Connection[];
  groups: Group[];
  direction: Direction;
}

export type Direction = "TB" | "LR";

export const NODE = { width: 220, height: 56 };

const QUICK_FROM = 150;

/** The rectangle of every node and group, by id; x and y are upper left corners. */
export function placed(nodes: Placeable[], edges: Connection[], groups: Group[], direction: Direction): Map<string, Rectangle> {
  // Without groups to keep together a large graph is laid out half as soon again.
  const graph = new Dagre({ compound: groups.length > 0 });
  // The quick ranker makes edges a little longer and large graphs several times sooner.
  const ranker = nodes.length > QUICK_FROM ? "longest-path" : "network-simplex";
  graph.setGraph({ ranker, rankdir: direction, nodesep: direction === "TB" ? 28 : 22, ranksep: direction === "TB" ? 46 : 64, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const group of groups) graph.setNode(group.id, { paddingTop: 12 });
  for (const node of nodes) graph.setNode(node.id, { ...NODE });
  for (const group of groups) if (group.parent) graph.setParent(group.id, group.parent);
  if (groups.length) for (const node of nodes) if (node.group) graph.setParent(node.id, node.group);
  for (const edge of edges) graph.setEdge(edge.from, edge.to);
  layout(graph);
  return new Map(
    graph.nodes().map((id) => {
      const { x, y, width, height } = graph.node(id) as Rectangle;
      return [id, { x: x - width / 2, y: y - height / 2, width, height }];
    }),
  );
}

/** Edges without those that a longer way already says (a → b → c makes a → c redundant). */
export function reduced<E extends Connection>(edges: E[], keep: (edge: E) => boolean = () => false): E[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const reach = new Map<string, Set<string>>();
  const reached = (id: string, path: Set<string>): Set<string> => {
    const known = reach.get(id);
    if (known) return known;
    const found = new Set<string>();
    if (path.has(id)) return found;
    path.add(id);
    for (const to of next.get(id) ?? []) {
      found.add(to);
      for (const further of reached(to, path)) found.add(further);
    }
    path.delete(id);
    reach.set(id, found);
    return found;
  };
  // A longer way leads over a step between: only edges that skip a rank can be redundant.
  const ranks = ranksOf(next);
  const skips = ({ from, to }: E) => (ranks.get(from) ?? 0) - (ranks.get(to) ?? 0) !== 1;
  return edges.filter((edge) => keep(edge) || !skips(edge) || !(next.get(edge.from) ?? []).some((other) => other !== edge.to && reached(other, new Set()).has(edge.to)));
}

/** How many edges the longest way from a node has before it, by id. */
function ranksOf(next: Map<string, string[]>): Map<string, number> {
  const ranks = new Map<string, number>();
  const rank = (id: string): number => {
    const known = ranks.get(id);
    if (known !== undefined) return known;
    // A circle leads nowhere: what is being looked at counts as its end.
    ranks.set(id, 0);
    const found = Math.max(0, ...(next.get(id) ?? []).map((to) => rank(to) + 1));
    ranks.set(id, found);
    return found;
  };
  for (const id of next.keys()) rank(id);
  return ranks;
}

/** A layered layout for large graphs without groups: each node below all it waits for, near them, in a few milliseconds. */

import { type Connection, type Direction, NODE, type Placeable, type Rectangle } from "./layout";

const GAP = { TB: { beside: 28, between: 46 }, LR: { beside: 22, between: 64 } };
const MARGIN = 16;
// More sweeps hardly uncross anything further.
const SWEEPS = 4;

type Neighbours = Map<string, string[]>;

/** The rectangle of every node, by id. Unlike dagre's, edges over several layers may pass below nodes. */
export function layered(nodes: Placeable[], edges: Connection[], direction: Direction): Map<string, Rectangle> {
  const before: Neighbours = new Map(nodes.map(({ id }) => [id, []]));
  const after: Neighbours = new Map(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) {
    before.get(to)?.push(from);
    after.get(from)?.push(to);
  }
  const layers = layersOf(nodes, before, after);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    if (sweep % 2 === 0) uncrossed(layers, before);
    else uncrossed([...layers].reverse(), after);
  }
  const upright = direction === "TB";
  const { beside, between } = GAP[direction];
  const across = acrossOf(layers, before, (upright ? NODE.width : NODE.height) + beside);
  const step = (upright ? NODE.height : NODE.width) + between;
  const least = Math.min(0, ...across.values());
  const places = new Map<string, Rectangle>();
  layers.forEach((layer, rank) => {
    for (const id of layer) {
      const [wide, deep] = [MARGIN + (across.get(id) ?? 0) - least, MARGIN + rank * step];
      places.set(id, { ...NODE, x: upright ? wide : deep, y: upright ? deep : wide });
    }
  });
  return places;
}

/** Ids by how long the longest way to them is; of a circle, what nothing outside leads to stays at the top. */
function layersOf(nodes: Placeable[], before: Neighbours, after: Neighbours): string[][] {
  const ranks = new Map(nodes.map(({ id }) => [id, 0]));
  const open = new Map(nodes.map(({ id }) => [id, before.get(id)?.length ?? 0]));
  const ready = nodes.map(({ id }) => id).filter((id) => open.get(id) === 0);
  for (const id of ready) {
    for (const next of after.get(id) ?? []) {
      ranks.set(next, Math.max(ranks.get(next) ?? 0, (ranks.get(id) ?? 0) + 1));
      open.set(next, (open.get(next) ?? 0) - 1);
      if (open.get(next) === 0) ready.push(next);
    }
  }
  const layers: string[][] = [];
  for (const { id } of nodes) {
    const rank = ranks.get(id) ?? 0;
    while (layers.length <= rank) layers.push([]);
    layers[rank]?.push(id);
  }
  return layers;
}

/** Put the nodes of each layer in the order of what they are connected with in the layers before it. */
function uncrossed(layers: string[][], neighbours: Neighbours): void {
  const position = new Map(layers.flatMap((layer) => layer.map((id, place): [string, number] => [id, place / layer.length])));
  for (const layer of layers) {
    const wanted = new Map(layer.map((id) => [id, mean(neighbours.get(id) ?? [], position) ?? position.get(id) ?? 0]));
    layer.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
    layer.forEach((id, place) => position.set(id, place / layer.length));
  }
}

/** How far across each node stands: near the middle of what it waits for, without touching its neighbour. */
function acrossOf(layers: string[][], before: Neighbours, pitch: number): Map<string, number> {
  const across = new Map<string, number>();
  for (const layer of layers) {
    let free = Number.NEGATIVE_INFINITY;
    let apart = 0;
    layer.forEach((id, place) => {
      const wanted = mean(before.get(id) ?? [], across) ?? (place - layer.length / 2) * pitch;
      const found = Math.max(wanted, free);
      across.set(id, found);
      apart += found - wanted;
      free = found + pitch;
    });
    // What was pushed aside moves back as one, so that a layer does not drift away.
    for (const id of layer) across.set(id, (across.get(id) ?? 0) - apart / layer.length);
  }
  return across;
}

function mean(ids: string[], of: Map<string, number>): number | undefined {
  const known = ids.map((id) => of.get(id)).filter((value) => value !== undefined);
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
}

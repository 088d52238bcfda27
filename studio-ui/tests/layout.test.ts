import { describe, expect, it } from "vitest";
import { layered } from "../src/parts/layers";
import { placed, reduced } from "../src/parts/layout";

describe("a layout", () => {
  it("puts a thousand nodes in their places in a moment", () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => ({ id: `n${index}` }));
    const edges = nodes.slice(1).map((node, index) => ({ from: `n${Math.floor(index / 3)}`, to: node.id }));
    const places = placed(nodes, edges, [], "TB");
    expect(places.size).toBe(1000);
    const spots = new Set([...places.values()].map((place) => `${Math.round(place.x)} ${Math.round(place.y)}`));
    expect(spots.size).toBe(1000);
  });

  it("keeps a group's nodes inside it", () => {
    const places = placed([{ id: "a" }, { id: "b", group: "g" }], [{ from: "a", to: "b" }], [{ id: "g", label: "" }], "LR");
    const [inner, outer] = [places.get("b"), places.get("g")];
    if (!inner || !outer) throw new Error("both are placed");
    expect(inner.x).toBeGreaterThanOrEqual(outer.x);
    expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width);
  });

  it("leaves out edges that a longer way says, also where there is a ring", () => {
    const edge = (from: string, to: string) => ({ from, to });
    const kept = reduced([edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("c", "d"), edge("d", "c")]);
    expect(kept).not.toContainEqual(edge("a", "c"));
    expect(kept).toContainEqual(edge("a", "b"));
  });
});

describe("a layered layout", () => {
  // A thousand steps in layers of ten, each after one or two of the layer before.
  const id = (layer: number, place: number) => `L${layer}S${place % 10}`;
  const every = Array.from({ length: 100 }, (_, layer) => Array.from({ length: 10 }, (_, place): [number, number] => [layer, place])).flat();
  const nodes = every.map(([layer, place]) => ({ id: id(layer, place) }));
  const edges = every
    .filter(([layer]) => layer > 0)
    .flatMap(([layer, place]) => [place, layer % 3 === 0 ? place + 1 : place].map((before) => ({ from: id(layer - 1, before), to: id(layer, place) })));

  for (const direction of ["TB", "LR"] as const) {
    it(`puts nodes behind what they wait for, and none onto another (${direction})`, () => {
      const places = layered(nodes, edges, direction);
      const along = (name: string) => places.get(name)?.[direction === "TB" ? "y" : "x"] ?? Number.NaN;
      for (const { from, to } of edges) expect(along(to)).toBeGreaterThan(along(from));
      const boxes = [...places.values()];
      expect(boxes.every((box) => box.x >= 0 && box.y >= 0)).toBe(true);
      const touching = boxes.flatMap((one, index) => boxes.slice(index + 1).filter((other) => Math.abs(one.x - other.x) < one.width && Math.abs(one.y - other.y) < one.height));
      expect(touching).toEqual([]);
    });
  }

  it("keeps a chain straight, stands under the middle of what it joins, and ends with rings too", () => {
    const chain = layered([{ id: "a" }, { id: "b" }, { id: "c" }], [{ from: "a", to: "b" }, { from: "b", to: "c" }], "TB");
    expect(new Set([...chain.values()].map(({ x }) => x)).size).toBe(1);
    const joined = layered([{ id: "a" }, { id: "b" }, { id: "c" }], [{ from: "a", to: "c" }, { from: "b", to: "c" }], "TB");
    expect(joined.get("c")?.x).toBe(((joined.get("a")?.x ?? 0) + (joined.get("b")?.x ?? 0)) / 2);
    expect(layered([{ id: "a" }, { id: "b" }], [{ from: "a", to: "b" }, { from: "b", to: "a" }], "LR").size).toBe(2);
  });
});

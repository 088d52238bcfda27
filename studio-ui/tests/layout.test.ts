import { describe, expect, it } from "vitest";
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

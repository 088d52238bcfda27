/** The places of a graph's nodes: at once for small graphs, from a worker for large ones. */

import { useEffect, useMemo, useState } from "react";
import { type Asked, placed, type Rectangle } from "./layout";

// Beyond this the layout takes longer than a frame or two.
const AT_ONCE_MAX = 150;

type Places = Map<string, Rectangle>;

/** `shape` says which nodes and edges there are; the layout is made anew only when it changes. Null: not ready yet. */
export function useLayout(asked: Asked, shape: string): Places | null {
  const small = asked.nodes.length <= AT_ONCE_MAX;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` says all of it.
  const now = useMemo(() => (small ? placed(asked.nodes, asked.edges, asked.groups, asked.direction) : null), [shape]);
  const [later, setLater] = useState<{ shape: string; places: Places } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` says all of it.
  useEffect(() => {
    if (small) return;
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (message: MessageEvent<[string, Rectangle][]>) => setLater({ shape, places: new Map(message.data) });
    const { nodes, edges, groups, direction } = asked;
    worker.postMessage({ nodes: nodes.map(({ id, group }) => ({ id, group })), edges: edges.map(({ from, to }) => ({ from, to })), groups, direction });
    return () => worker.terminate();
  }, [shape]);
  return now ?? (later?.shape === shape ? later.places : null);
}

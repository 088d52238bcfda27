/** The server's event stream, read as it is. The browser reconnects by itself and says which event it saw last. */

export interface Change {
  id: number;
  uuid: string;
  bus: string;
  time: string;
  region: string;
  source: string;
  type: string;
  resources: string[];
  detail: Record<string, string | number>;
}

export type News =
  | { name: "change"; data: Change }
  | { name: "log"; data: { region: string; group: string; stream: string } }
  | { name: "metric"; data: { region: string; namespace: string } }
  | { name: "run"; data: { arn: string } }
  | { name: "reset"; data: object }
  | { name: "state"; data: { live: boolean } };

export const ADDRESS = "/studio/events";
const NAMES = ["change", "log", "metric", "run", "reset"] as const;

/** Tell every piece of news. Returns what ends it. */
export function listen(tell: (news: News) => void): () => void {
  const source = new EventSource(ADDRESS);
  for (const name of NAMES) {
    source.addEventListener(name, (event) => tell({ name, data: JSON.parse(event.data as string) } as News));
  }
  source.onopen = () => tell({ name: "state", data: { live: true } });
  source.onerror = () => tell({ name: "state", data: { live: false } });
  return () => source.close();
}

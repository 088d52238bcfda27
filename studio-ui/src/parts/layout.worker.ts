/** Lays large graphs out beside the page, which goes on answering meanwhile. */

import { type Asked, placed } from "./layout";

self.onmessage = (message: MessageEvent<Asked>) => {
  const { nodes, edges, groups, direction } = message.data;
  self.postMessage([...placed(nodes, edges, groups, direction)]);
};

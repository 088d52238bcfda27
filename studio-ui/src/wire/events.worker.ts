/** One stream of events for all tabs: a browser allows six connections to a host, and a stream keeps one. */

import { listen } from "./stream";

const scope = self as unknown as { onconnect: ((event: MessageEvent) => void) | null };
const ports = new Set<MessagePort>();
let last: unknown = null;
let stop: (() => void) | null = null;

scope.onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (message: MessageEvent<string>) => {
    if (message.data !== "leave") return;
    ports.delete(port);
    if (ports.size === 0) {
      stop?.();
      stop = null;
    }
  };
  port.start();
  if (last) port.postMessage(last);
  stop ??= listen((news) => {
    if (news.name === "state") last = news;
    for (const each of ports) each.postMessage(news);
  });
};

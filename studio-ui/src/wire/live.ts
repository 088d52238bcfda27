/** Live pages without polling: what the server tells of makes the queries about it read again. */

import type { Query, QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { renew } from "./renew";
import { listen, type News } from "./stream";
import { topicsOf } from "./topics";

type Teller = (news: News) => void;

const tellers = new Set<Teller>();
const states = new Set<() => void>();
let live = false;

/** Start listening, once a page. Returns what ends it. */
export function follow(client: QueryClient): () => void {
  const waiting = new Set<string>();
  let timer = 0;
  const refresh = () => {
    timer = 0;
    const topics = new Set(waiting);
    waiting.clear();
    void renew(client, (query) => isAbout(query, topics));
  };
  const forget = tune((news) => {
    if (news.name === "state") return setLive(news.data.live, client);
    if (news.name === "reset") void renew(client, () => true);
    for (const topic of topicsOf(news)) waiting.add(topic);
    // A burst of changes is one reading.
    timer ||= window.setTimeout(refresh, GATHER_MS);
  });
  const end = connect((news) => {
    for (const tell of tellers) tell(news);
  });
  return () => {
    window.clearTimeout(timer);
    forget();
    end();
  };
}

const GATHER_MS = 120;

/** Hear of every piece of news. Returns what ends it. */
export function tune(teller: Teller): () => void {
  tellers.add(teller);
  return () => tellers.delete(teller);
}

/** Whether the stream of events is open. */
export function useLive(): boolean {
  return useSyncExternalStore(
    (callback) => {
      states.add(callback);
      return () => states.delete(callback);
    },
    () => live,
  );
}

function setLive(now: boolean, client: QueryClient): void {
  // What happened while the server was away is told by its stream, unless it has forgotten: read anew to be sure.
  if (now && !live) void client.invalidateQueries({ predicate: (query) => query.state.status === "error" });
  if (now === live) return;
  live = now;
  for (const callback of states) callback();
}

function isAbout(query: Query, topics: Set<string>): boolean {
  const about = query.meta?.["about"];
  return Array.isArray(about) && about.some((topic: string) => topics.has(topic));
}

function connect(tell: Teller): () => void {
  if (typeof SharedWorker !== "undefined") {
    const worker = new SharedWorker(new URL("./events.worker.ts", import.meta.url), { type: "module", name: "ormer" });
    worker.port.onmessage = (event: MessageEvent<News>) => tell(event.data);
    const leave = () => worker.port.postMessage("leave");
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
      worker.port.close();
    };
  }
  return "locks" in navigator ? takeTurns(tell) : listen(tell);
}

/** Without a shared worker, one tab listens for all; when it goes, another takes over. */
function takeTurns(tell: Teller): () => void {
  const channel = new BroadcastChannel("ormer-events");
  const stopping = new AbortController();
  channel.onmessage = (event: MessageEvent<News>) => tell(event.data);
  const lead = () =>
    new Promise<void>((done) => {
      const end = listen((news) => {
        tell(news);
        channel.postMessage(news);
      });
      stopping.signal.addEventListener("abort", () => {
        end();
        done();
      });
    });
  navigator.locks.request("ormer-events", { signal: stopping.signal }, lead).catch(() => undefined);
  return () => {
    stopping.abort();
    channel.close();
  };
}

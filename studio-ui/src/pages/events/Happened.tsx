/** The tail of the event bus: what is kept, and what comes in while one looks. */

import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import { Pause, Play, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox, SkeletonLines } from "../../parts/Box";
import { ArnLink, Snippet } from "../../parts/Copyable";
import { Split } from "../../parts/SidePanel";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { type ApiError, read } from "../../wire/call";
import { tune } from "../../wire/live";
import { settings } from "../../wire/query";
import { useSession } from "../../wire/session";
import { EventPanel } from "./EventPanel";
import { joined, type Narrow, narrowOf, questionOf, rowOf } from "./happened";
import type { EventPage, EventRow, Kind } from "./shapes";

// Of what comes in while one looks.
const FRESH_MAX = 500;
const LOOK_AGAIN_MS = 1000;

export function Happened() {
  const [search, change] = useAddress();
  const [, go] = useLocation();
  const narrow = narrowOf(search);
  const number = search.get("event") ?? "";
  const [paused, setPaused] = useState(false);
  const pages = useInfiniteQuery<EventPage, ApiError, InfiniteData<EventPage>, unknown[], number | null>({
    queryKey: ["ormer", "events", narrow],
    queryFn: ({ pageParam, signal }) => read<EventPage>(questionOf(narrow, pageParam), signal),
    initialPageParam: null,
    getNextPageParam: (page) => page.before,
    ...settings({}),
  });
  const fresh = useFresh(narrow, paused, () => void pages.refetch());
  const rows = joined(fresh, pages.data?.pages.flatMap((page) => page.events) ?? []);
  const set = (name: string, value: string) => change({ [name]: value });
  const address = (event: string) => {
    const params = new URLSearchParams(search);
    if (event) params.set("event", event);
    else params.delete("event");
    return `/events?${params}`;
  };
  return (
    <Card flush>
      <Split panel={number ? <EventPanel key={number} number={number} close={() => go(address(""))} /> : null}>
        <div className="tail">
          <div className="table-bar">
            <label className="table-bar__search">
              <Search aria-hidden="true" />
              <span className="hidden-words">Words in the event</span>
              <input type="search" placeholder="Words in the event" value={narrow.text} onChange={(event) => set("text", event.target.value)} />
            </label>
            <Choices narrow={narrow} kinds={pages.data?.pages[0]?.kinds ?? []} set={set} />
            <button type="button" className="button button--small" aria-pressed={paused} onClick={() => setPaused(!paused)}>
              {paused ? <Play /> : <Pause />} {paused ? "Go on" : "Pause"}
            </button>
          </div>
          {pages.error ? <ErrorBox error={pages.error} again={() => void pages.refetch()} /> : null}
          {pages.isPending ? (
            <div className="card__body">
              <SkeletonLines />
            </div>
          ) : null}
          {pages.data ? (
            <Table
              plain
              name="events"
              rows={rows}
              rowKey={(row) => String(row.id)}
              leads={(row) => address(String(row.id))}
              columns={[
                { id: "time", label: "When", value: (row) => row.time, show: (row) => <Time at={row.time} /> },
                {
                  id: "type",
                  label: "What",
                  value: (row) => row.type,
                  show: (row) => (
                    <button type="button" className="link-button tail__type" data-chosen={String(row.id) === number || undefined} onClick={() => go(address(String(row.id)))}>
                      {row.type}
                    </button>
                  ),
                },
                { id: "source", label: "Source", value: (row) => row.source },
                { id: "about", label: "About", value: (row) => row.resources[0] ?? null, show: (row) => <About row={row} /> },
              ]}
              empty={<Nothing narrow={narrow} />}
            />
          ) : null}
          {pages.hasNextPage ? (
            <div className="card__body">
              <button type="button" className="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                Show older events
              </button>
            </div>
          ) : null}
        </div>
      </Split>
    </Card>
  );
}

/** What the one event stream tells while the page is open. Where words are wanted, the kept events are asked again. */
function useFresh(narrow: Narrow, paused: boolean, lookAgain: () => void): EventRow[] {
  const { region } = useSession();
  const [fresh, setFresh] = useState<EventRow[]>([]);
  const key = JSON.stringify(narrow);
  const again = useRef(lookAgain);
  again.current = lookAgain;
  useEffect(() => {
    setFresh([]);
    if (paused) return undefined;
    const wanted = JSON.parse(key) as Narrow;
    let timer = 0;
    const forget = tune((news) => {
      if (news.name !== "change") return;
      const row = rowOf(news.data, region, wanted);
      if (!row) return;
      if (!wanted.text) return setFresh((before) => [row, ...before].slice(0, FRESH_MAX));
      timer ||= window.setTimeout(() => {
        timer = 0;
        again.current();
      }, LOOK_AGAIN_MS);
    });
    return () => {
      window.clearTimeout(timer);
      forget();
    };
  }, [key, paused, region]);
  return fresh;
}

function Choices({ narrow, kinds, set }: { narrow: Narrow; kinds: Kind[]; set: (name: string, value: string) => void }) {
  const buses = unique(kinds.map((kind) => kind.bus), narrow.bus);
  const sources = unique(kinds.map((kind) => kind.source), narrow.source);
  const types = unique(kinds.filter((kind) => !narrow.source || kind.source === narrow.source).map((kind) => kind.type), narrow.type);
  return (
    <div className="table-bar__chips">
      {buses.length > 1 ? <Choice label="Bus" value={narrow.bus} values={buses} choose={(value) => set("bus", value)} /> : null}
      <Choice label="Source" value={narrow.source} values={sources} choose={(value) => set("source", value)} />
      <Choice label="Type" value={narrow.type} values={types} choose={(value) => set("type", value)} />
    </div>
  );
}

export function Choice({ label, value, values, choose, any = "all" }: { label: string; value: string; values: string[]; choose: (value: string) => void; any?: string | null }) {
  return (
    <select className="input tail__choice" aria-label={label} value={value} onChange={(event) => choose(event.target.value)}>
      {any === null ? null : (
        <option value="">
          {label}: {any}
        </option>
      )}
      {values.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}

function About({ row }: { row: EventRow }) {
  const [first, ...others] = row.resources;
  if (!first) return <span className="faint">–</span>;
  return (
    <span className="tail__about">
      <ArnLink arn={first} />
      {others.length ? <span className="faint small">and {others.length} more</span> : null}
    </span>
  );
}

function Nothing({ narrow }: { narrow: Narrow }) {
  if (Object.values(narrow).some(Boolean)) return <Empty>Nothing like this has happened. Take a filter away, or wait: what comes in appears by itself.</Empty>;
  return (
    <Empty action={<Snippet text={"aws events put-events --entries 'Source=shop,DetailType=Order,Detail=\"{}\"'"} />}>Nothing has happened in this region yet. Jobs, pipelines, endpoints, pushes and approvals all send events, and you can send your own.</Empty>
  );
}

function unique(values: string[], chosen: string): string[] {
  return [...new Set(chosen ? [...values, chosen] : values)].sort();
}

/** A log as it is written: searched, wrapped, followed, downloaded. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, ChevronDown, CircleAlert, Download, Search, WrapText } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useKept } from "../app/kept";
import { Empty, ErrorBox, SkeletonLines } from "./Box";
import { isError, type Line, useLog } from "./logLines";
import { saved } from "./saving";
import "./panel.css";

const LINE_PIXELS = 19;
const NEAR_PIXELS = 40;

export function Logs({ group, prefix, tall }: { group: string; prefix: string; tall?: boolean }) {
  const log = useLog(group, prefix);
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const [wrap, setWrap] = useKept("logs.wrap", true);
  const [following, setFollowing] = useState(true);
  const scroller = useRef<HTMLDivElement>(null);
  const { lines } = log;
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE_PIXELS, overscan: 30 });

  const wanted = text.toLowerCase();
  const found = wanted ? lines.flatMap((line, index) => (line.text.toLowerCase().includes(wanted) ? [index] : [])) : [];
  const firstError = lines.findIndex((line) => isError(line.text));
  const show = (index: number) => {
    setFollowing(false);
    virtual.scrollToIndex(index, { align: "center" });
  };
  const next = (step: number) => {
    if (!found.length) return;
    const at = (place + step + found.length) % found.length;
    setPlace(at);
    show(found[at] ?? 0);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what makes it scroll.
  useEffect(() => {
    if (following && lines.length) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [lines.length, following]);

  return (
    <div className={`logs${tall ? " logs--tall" : ""}`}>
      <div className="logs__bar">
        <label className="table-bar__search">
          <Search aria-hidden="true" />
          <span className="hidden-words">Search the log</span>
          <input
            type="search"
            placeholder="Search"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setPlace(0);
            }}
            onKeyDown={(event) => event.key === "Enter" && next(event.shiftKey ? -1 : found[place] === undefined ? 0 : 1)}
          />
        </label>
        <span className="logs__count number">{wanted ? `${found.length ? place + 1 : 0} of ${found.length}` : `${lines.length} lines`}</span>
        {firstError >= 0 ? <Tool label="First error" icon={<CircleAlert />} act={() => show(firstError)} /> : null}
        {wanted ? <Tool label="Next hit" icon={<ChevronDown />} act={() => next(1)} /> : null}
        <Tool label="Wrap lines" icon={<WrapText />} on={wrap} act={() => setWrap(!wrap)} />
        <Tool label="Follow the end" icon={<ArrowDownToLine />} on={following} act={() => setFollowing(!following)} />
        <Tool label="Download" icon={<Download />} act={() => saved(`${prefix.replace(/\/$/, "").replaceAll("/", "-")}.log`, "text/plain", lines.map(written).join("\n"))} />
      </div>
      {log.error ? <ErrorBox error={log.error} /> : null}
      <div
        className="logs__lines"
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-label="Log lines"
        onWheel={(event) => {
          const box = event.currentTarget;
          setFollowing(event.deltaY > 0 && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PIXELS);
        }}
      >
        {lines.length === 0 ? (
          log.read ? (
            <Empty>Nothing has been written yet. Lines appear here as they come.</Empty>
          ) : (
            <div style={{ padding: 16 }}>
              <SkeletonLines />
            </div>
          )
        ) : (
          <div className="logs__inner" data-wrap={wrap || undefined} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index] as Line;
              return (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className="logs__line"
                  data-error={isError(line.text) || undefined}
                  data-found={found[place] === item.index || undefined}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <span>{clock(line.at)}</span>
                  <span>
                    {line.stream ? <span className="logs__stream">{line.stream} </span> : null}
                    {line.text}
                  </span>
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

function Tool({ label, icon, act, on }: { label: string; icon: React.ReactNode; act: () => void; on?: boolean }) {
  return (
    <button type="button" className="button button--quiet button--icon button--small" aria-label={label} title={label} aria-pressed={on} style={on ? { background: "var(--rest-wash)" } : undefined} onClick={act}>
      {icon}
    </button>
  );
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour12: false });
}

function written(line: Line): string {
  return `${new Date(line.at).toISOString()} ${line.stream ? `${line.stream} ` : ""}${line.text}`;
}

/** The story rail: one stop after another, what happened at each, by whom and when; the one that waits asks in place. */

import { Check } from "lucide-react";
import { Link } from "wouter";
import { Mark } from "./Status";
import { type Look, lookOf, wordsOf } from "./statuses";
import { Duration, Time } from "./Time";
import "./rail.css";

export interface Stop {
  id: string;
  label: string;
  status: string;
  /** Who, or what: the second line. */
  note?: React.ReactNode;
  at?: string | undefined;
  /** How long it took, or takes until now. */
  from?: string | undefined;
  to?: string | undefined;
  page?: string | undefined;
  /** The decision that the stop waits for. */
  act?: React.ReactNode;
}

// Nacre, stop by stop.
const COLOURS = ["#12877e", "#1f7fa6", "#2f74d8", "#5a6ae0", "#7a5ad6", "#9453c9", "#b4519f", "#c7527f", "#cf5372"];

export function StoryRail({ stops, label }: { stops: Stop[]; label: string }) {
  return (
    <ol className="rail" aria-label={label} tabIndex={0}>
      {stops.map((stop, place) => {
        const look = lookOf(stop.status);
        const colours = { "--rail-from": colour(place, stops.length), "--rail-to": colour(place + 1, stops.length) } as React.CSSProperties;
        return (
          <li key={stop.id} className="rail__stop" data-look={look} data-passed={look === "good" ? "" : undefined} style={colours}>
            <span className="rail__line" />
            <span className="rail__dot" title={wordsOf(stop.status)}>
              {look === "good" ? <Check aria-hidden="true" strokeWidth={3} /> : <Mark look={look} />}
            </span>
            <span className="rail__words">
              <span className="rail__label">{stop.page ? <Link href={stop.page}>{stop.label}</Link> : stop.label}</span>
              <span className="rail__note">
                <Note stop={stop} look={look} />
              </span>
              {stop.note ? <span className="rail__note">{stop.note}</span> : null}
              {stop.act ? <span className="rail__act">{stop.act}</span> : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Note({ stop, look }: { stop: Stop; look: Look }) {
  if (look === "run" && stop.from) return <Duration from={stop.from} />;
  if (look === "queued" || look === "skipped" || look === "wait" || look === "bad") return <>{wordsOf(stop.status)}</>;
  return <Time at={stop.at ?? stop.to} />;
}

function colour(place: number, of: number): string {
  const index = Math.round((place / Math.max(1, of - 1)) * (COLOURS.length - 1));
  return COLOURS[Math.min(index, COLOURS.length - 1)] ?? "";
}

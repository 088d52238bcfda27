/** The second view of a run: one bar a step, and where the time went. */

import { Duration, useNow } from "./Time";
import { Mark } from "./Status";
import { lookOf, wordsOf } from "./statuses";
import { span } from "./times";
import "./panel.css";

export interface Bar {
  id: string;
  label: string;
  status: string;
  /** Milliseconds; `queued` and `running` tell where its phases begin, when that is known. */
  from: number;
  started?: number | undefined;
  to?: number | undefined;
}

const MARKS = 5;

export function Timeline({ bars, chosen, choose }: { bars: Bar[]; chosen: string | null; choose: (id: string | null) => void }) {
  const moving = bars.some((bar) => bar.to === undefined);
  const now = useNow(moving ? 1 : 0);
  const begin = Math.min(...bars.map((bar) => bar.from));
  const end = Math.max(...bars.map((bar) => bar.to ?? now), begin + 1000);
  const share = (at: number) => `${((at - begin) / (end - begin)) * 100}%`;
  const wide = (from: number, to: number) => ({ left: share(from), width: `${(Math.max(0, to - from) / (end - begin)) * 100}%` });
  return (
    <div>
      <div className="timeline" role="list" aria-label="Timeline of steps">
        <div className="timeline__axis" />
        <div className="timeline__axis number">
          {Array.from({ length: MARKS }, (_, index) => (
            <span key={index} style={{ left: `${(index / MARKS) * 100}%` }}>
              {index === 0 ? "0" : span(((end - begin) * index) / MARKS)}
            </span>
          ))}
        </div>
        <div className="timeline__axis" />
        {bars.map((bar) => {
          const look = lookOf(bar.status);
          const to = bar.to ?? now;
          const started = bar.started !== undefined && bar.started > bar.from && bar.started <= to ? bar.started : undefined;
          return (
            <div key={bar.id} className="timeline__row" role="listitem" data-chosen={bar.id === chosen || undefined} onClick={() => choose(bar.id === chosen ? null : bar.id)}>
              <button type="button" className="timeline__name" title={`${bar.label}: ${wordsOf(bar.status)}`}>
                <span className="status" data-look={look}>
                  <Mark look={look} />
                </span>
                <span>{bar.label}</span>
              </button>
              <span className="timeline__track">
                {started === undefined ? (
                  <span className="timeline__bar" data-look={look} style={wide(bar.from, to)} />
                ) : (
                  <>
                    <span className="timeline__bar" data-look={look} data-phase="before" title={`Starting: ${span(started - bar.from)}`} style={wide(bar.from, started)} />
                    <span className="timeline__bar" data-look={look} data-phase="running" title={`Running: ${span(to - started)}`} style={wide(started, to)} />
                  </>
                )}
              </span>
              <span className="timeline__took">
                <Duration from={new Date(bar.from).toISOString()} to={bar.to === undefined ? undefined : new Date(bar.to).toISOString()} />
              </span>
            </div>
          );
        })}
      </div>
      <div className="timeline__legend">
        <span>
          <i className="timeline__bar" data-look="good" data-phase="before" /> queued and starting
        </span>
        <span>
          <i className="timeline__bar" data-look="good" data-phase="running" /> running
        </span>
      </div>
    </div>
  );
}

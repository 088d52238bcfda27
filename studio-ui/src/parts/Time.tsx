/** A time, relative for reading and absolute on hovering; both go on counting. */

import { useSyncExternalStore } from "react";
import { absolute, relative, span } from "./times";

export function Time({ at, both }: { at: string | undefined; both?: boolean }) {
  const now = useNow();
  if (!at) return <span className="faint">–</span>;
  const then = Date.parse(at);
  return (
    <time className={both ? "time time--both" : "time"} dateTime={at} title={absolute(then)}>
      {both ? (
        <>
          {absolute(then)} <span className="faint">({relative(then, now)})</span>
        </>
      ) : (
        relative(then, now)
      )}
    </time>
  );
}

/** How long something took, or has taken until now. */
export function Duration({ from, to, empty = "–" }: { from: string | undefined; to?: string | undefined; empty?: string }) {
  const now = useNow(to ? 0 : 1);
  if (!from) return <span className="faint">{empty}</span>;
  return <span className="number">{span((to ? Date.parse(to) : now) - Date.parse(from))}</span>;
}

const ticks = new Map<number, { now: number; callbacks: Set<() => void>; timer: number }>();

/** The time now, as it goes on: every second for what is under way, every quarter minute for the rest, never for 0. */
export function useNow(every = 15): number {
  return useSyncExternalStore(
    (callback) => subscribe(every, callback),
    () => ticks.get(every)?.now ?? roundedNow(),
  );
}

function roundedNow(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

function subscribe(every: number, callback: () => void): () => void {
  if (every === 0) return () => undefined;
  const tick = ticks.get(every) ?? { now: roundedNow(), callbacks: new Set(), timer: 0 };
  ticks.set(every, tick);
  tick.callbacks.add(callback);
  tick.timer ||= window.setInterval(() => {
    tick.now = roundedNow();
    for (const each of tick.callbacks) each();
  }, every * 1000);
  return () => {
    tick.callbacks.delete(callback);
    if (tick.callbacks.size > 0) return;
    window.clearInterval(tick.timer);
    ticks.delete(every);
  };
}

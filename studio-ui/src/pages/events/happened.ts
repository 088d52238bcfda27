/** Events that come in while one looks, and which of them are wanted. */

import type { Change } from "../../wire/stream";
import type { EventRow } from "./shapes";

export interface Narrow {
  bus: string;
  source: string;
  type: string;
  text: string;
}

export function narrowOf(search: URLSearchParams): Narrow {
  const word = (name: string) => search.get(name) ?? "";
  return { bus: word("bus"), source: word("source"), type: word("type"), text: word("text") };
}

/** The question for a page of kept events. */
export function questionOf(narrow: Narrow, before: number | null): string {
  const params = new URLSearchParams(Object.entries(narrow).filter(([, value]) => value));
  if (before !== null) params.set("before", String(before));
  return `events?${params}`;
}

/** What the stream told, as a row; null when it is not wanted. Words it cannot decide: the stream tells no whole event. */
export function rowOf(change: Change, region: string, narrow: Narrow): EventRow | null {
  const { id, uuid, time, bus, source, type, resources } = change;
  if (change.region !== region) return null;
  if ((narrow.bus && narrow.bus !== bus) || (narrow.source && narrow.source !== source) || (narrow.type && narrow.type !== type)) return null;
  return { id, uuid, time, bus, source, type, resources };
}

/** Newest first, each once. */
export function joined(fresh: EventRow[], kept: EventRow[]): EventRow[] {
  const known = new Set(kept.map((row) => row.id));
  return [...fresh.filter((row) => !known.has(row.id)).sort((one, other) => other.id - one.id), ...kept];
}

/** What a rule is about, in a line: its sources and types, or its times. */
export function aboutOf(rule: { EventPattern?: string; ScheduleExpression?: string }): string {
  if (rule.ScheduleExpression) return rule.ScheduleExpression;
  const pattern = parsed(rule.EventPattern ?? "");
  if (pattern === null) return "";
  const words = (name: string) => (Array.isArray(pattern[name]) ? (pattern[name] as unknown[]).map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ") : "");
  return [words("source"), words("detail-type")].filter(Boolean).join(": ") || "any source";
}

/** The sources that a pattern names, to read again when one of them sends. */
export function sourcesOf(pattern: string | undefined): string[] {
  const found = parsed(pattern ?? "")?.["source"];
  return Array.isArray(found) ? found.filter((one): one is string => typeof one === "string") : [];
}

export function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** An event to begin with, for those who want to try a pattern before anything has happened. */
export function exampleEvent(account: string, region: string): string {
  return JSON.stringify(
    {
      version: "0",
      id: "00000000-0000-0000-0000-000000000000",
      "detail-type": "Order placed",
      source: "shop.orders",
      account,
      time: "2026-01-01T00:00:00Z",
      region,
      resources: [],
      detail: { amount: 5 },
    },
    null,
    2,
  );
}

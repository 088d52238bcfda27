/** A status: shape, colour and word, the same everywhere. */

import "./parts.css";
import { type Look, lookOf, wordsOf } from "./statuses";

export function Status({ value, words, title }: { value: string; words?: string; title?: string | undefined }) {
  const look = lookOf(value);
  return (
    <span className="status" data-look={look} title={title}>
      <Mark look={look} />
      <span>{words ?? wordsOf(value)}</span>
    </span>
  );
}

/** The shape alone, for places where the word stands beside it. */
export function Mark({ look }: { look: Look }) {
  return (
    <svg className="status__mark" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {SHAPES[look]}
    </svg>
  );
}

const SHAPES: Record<Look, React.ReactNode> = {
  good: (
    <>
      <circle cx="8" cy="8" r="6.6" fill="currentColor" stroke="none" opacity=".16" />
      <path d="m4.9 8.300 2.100 2.100 4.100-4.500" />
    </>
  ),
  run: (
    <>
      <circle cx="8" cy="8" r="6" opacity=".25" />
      <path className="status__ring" d="M8 2a6 6 0 0 1 6 6" />
    </>
  ),
  wait: (
    <>
      <path d="M5.200 8.200V4.300a.9.9 0 0 1 1.800 0M7 7.400V3a.9.9 0 0 1 1.800 0v4.400M8.800 7.400V3.800a.9.9 0 0 1 1.800 0v3.900M10.600 7.700V5.600a.9.9 0 0 1 1.800 0v4.200c0 2.600-1.700 4.400-4.200 4.400-2 0-3-.9-4-2.800L3 9.200c-.5-1 .8-1.700 1.500-.9l.7.9" strokeWidth="1.250" />
    </>
  ),
  bad: (
    <>
      <circle cx="8" cy="8" r="6.600" fill="currentColor" stroke="none" opacity=".16" />
      <path d="m5.600 5.600 4.800 4.800m0-4.800-4.800 4.800" />
    </>
  ),
  stopped: <rect x="4" y="4" width="8" height="8" rx="1.500" fill="currentColor" stroke="none" />,
  skipped: <circle cx="8" cy="8" r="5.800" strokeDasharray="2.400 2.400" />,
  queued: <circle cx="8" cy="8" r="5.800" />,
  plain: <circle cx="8" cy="8" r="3" fill="currentColor" stroke="none" />,
};

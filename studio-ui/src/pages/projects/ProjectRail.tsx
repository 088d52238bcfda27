/** A project's story on the rail: each stop with who, when and how long, and the decision it waits for in place. */

import { Link } from "wouter";
import { StoryRail, type Stop as Shown } from "../../parts/StoryRail";
import { Duration } from "../../parts/Time";
import { pageOf } from "../../wire/arns";
import { type Ask, labelOf, statusOf, type Stop, stopPage, whoOf } from "./story";

export function ProjectRail({ project, stops, decide }: { project: string; stops: Stop[]; decide: (ask: Ask) => void }) {
  return <StoryRail label={`Where the newest change of ${project} is`} stops={stops.map((stop) => shown(stop, decide))} />;
}

function shown(stop: Stop, decide: (ask: Ask) => void): Shown {
  const { asks } = stop;
  return {
    id: stop.id,
    label: labelOf(stop),
    status: statusOf(stop),
    at: stop.ended ?? stop.started,
    from: stop.started,
    to: stop.ended,
    page: stopPage(stop) ?? undefined,
    note: <Note stop={stop} />,
    act: asks ? (
      <button type="button" className="button button--primary button--small" onClick={() => decide(asks)}>
        Review
      </button>
    ) : undefined,
  };
}

function Note({ stop }: { stop: Stop }) {
  const who = whoOf(stop);
  const took = stop.state === "done" && stop.started && stop.ended && stop.started !== stop.ended;
  const words = wordsOf(stop);
  const page = stop.stands?.link ? pageOf(stop.stands.link) : null;
  if (stop.state === "ahead") {
    if (!stop.stands) return null;
    return <span title={stop.stands.text}>{page ? <Link href={page}>{stop.stands.text}</Link> : stop.stands.text}</span>;
  }
  return (
    <span className="stop">
      {words ? <span title={[stop.text, stop.detail].filter(Boolean).join("\n")}>{words}</span> : null}
      {who || took ? (
        <span>
          {who ? `by ${who}` : null}
          {who && took ? ", " : ""}
          {took ? (
            <>
              {stop.id === "approved" ? "after " : "took "}
              <Duration from={stop.started} to={stop.ended} />
            </>
          ) : null}
        </span>
      ) : null}
    </span>
  );
}

/** A commit's message stands above the rail already: its stop has the id. */
function wordsOf(stop: Stop): string {
  if (stop.id === "commit" && stop.detail) return stop.detail.slice(0, 8);
  return stop.text || (stop.id === "approved" ? (stop.detail ?? "") : "");
}

/** Field by field, what a pattern makes of an event. */

import { useQuery } from "@tanstack/react-query";
import { Check, Minus, X } from "lucide-react";
import { Loaded } from "../../parts/Box";
import { type ApiError, send } from "../../wire/call";
import type { Explanation, Finding } from "./shapes";
import "./events.css";

/** pattern, event: JSON texts, as TestEventPattern takes them. */
export function Explained({ pattern, event }: { pattern: string; event: string }) {
  const query = useQuery<Explanation, ApiError>({
    queryKey: ["ormer", "pattern", pattern, event],
    queryFn: ({ signal }) => send<Explanation>("/studio/api/ormer/pattern", { EventPattern: pattern, Event: event }, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={query}>
      {({ Result: result, findings }) => (
        <div className="explained">
          <p className="explained__result" data-met={result || undefined} role="status">
            {result ? "The pattern matches this event." : "The pattern does not match this event."}
          </p>
          <Findings of={findings} />
        </div>
      )}
    </Loaded>
  );
}

function Findings({ of }: { of: Finding[] }) {
  return (
    <ul className="findings">
      {of.map((each) => (
        <One key={each.path} finding={each} />
      ))}
    </ul>
  );
}

function One({ finding }: { finding: Finding }) {
  const { path, kind, met, found, alternatives, inside, note } = finding;
  return (
    <li className="finding" data-met={met || undefined}>
      <div className="finding__row">
        <span className="finding__mark">
          {met ? <Check aria-label="Met" /> : <X aria-label="Not met" />}
        </span>
        <span className="finding__words">
        <span className="finding__path mono">{kind === "choice" ? `${path}: one of` : kind === "element" ? "option" : path}</span>
        {kind === "field" ? (
          <>
            <span className="finding__found">
              is {found.length ? found.map((value, place) => <code key={place}>{JSON.stringify(value)}</code>) : <em>not there</em>}
            </span>
            <span className="finding__wants">
              wanted{" "}
              {alternatives.map((one, place) => (
                <code key={place} data-met={one.met || undefined}>
                  {one.met ? null : <Minus aria-hidden="true" />}
                  {JSON.stringify(one.wants)}
                </code>
              ))}
            </span>
          </>
        ) : null}
        {note ? <span className="finding__note">{note}</span> : null}
        </span>
      </div>
      {inside.length ? <Findings of={inside} /> : null}
    </li>
  );
}

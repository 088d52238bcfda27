/** Cards, facts, tabs, and what stands where there is nothing to show: errors, emptiness, waiting. */

import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert, Inbox } from "lucide-react";
import { Link } from "wouter";
import type { ApiError } from "../wire/call";
import { useAddress } from "./address";
import "./parts.css";

export function Card({ title, actions, children, flush }: { title?: React.ReactNode; actions?: React.ReactNode; children: React.ReactNode; flush?: boolean }) {
  return (
    <section className="card">
      {title || actions ? (
        <div className="card__head">
          <h2>{title}</h2>
          {actions}
        </div>
      ) : null}
      <div className={flush ? undefined : "card__body"}>{children}</div>
    </section>
  );
}

/** [name, value] pairs; those without a value are left out. */
export function Facts({ of, list }: { of: [string, React.ReactNode][]; list?: boolean }) {
  if (of.every(([, value]) => value === undefined || value === null || value === "")) return null;
  return (
    <dl className={`facts${list ? " facts--list" : ""}`}>
      {of.map(([name, value]) =>
        value === undefined || value === null || value === "" ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

export interface Tab {
  id: string;
  label: string;
  count?: number | undefined;
  body: () => React.ReactNode;
}

/** Tabs whose choice stands in the address, under `name`. */
export function Tabs({ tabs, name = "tab" }: { tabs: Tab[]; name?: string }) {
  const [search, change] = useAddress();
  const chosen = tabs.find((tab) => tab.id === search.get(name)) ?? tabs[0];
  if (!chosen) return null;
  const choose = (id: string) => change({ [name]: id });
  return (
    <>
      <div className="tabs" role="tablist">
        {tabs.map((tab) => (
          <button key={tab.id} type="button" role="tab" className="tabs__tab" aria-selected={tab === chosen} onClick={() => choose(tab.id)}>
            {tab.label}
            {tab.count === undefined ? null : <span className="tabs__count number">{tab.count}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={chosen.label} className="tabs__panel">
        {chosen.body()}
      </div>
    </>
  );
}

const HINTS: Record<string, string> = {
  AccessDeniedException: "Your role does not allow this. An administrator can change it: ormer user add NAME --role ROLE.",
  AccessDenied: "Your role does not allow this. An administrator can change it: ormer user add NAME --role ROLE.",
  NotImplemented: "docs/coverage.md lists every operation that ormer answers.",
  Unreachable: "Pages go on as soon as it answers again.",
};

/** The API's own code and text, and what to do. */
export function ErrorBox({ error, again }: { error: ApiError | Error; again?: (() => void) | undefined }) {
  const code = "code" in error ? error.code : error.name;
  const hint = HINTS[code];
  return (
    <div className="error-box" role="alert">
      <CircleAlert aria-hidden="true" />
      <span className="error-box__code">{code}</span>
      <span className="error-box__text">{error.message}</span>
      {hint ? <span className="error-box__hint">{hint}</span> : null}
      {again ? (
        <button type="button" className="button button--small error-box__again" onClick={again}>
          Try again
        </button>
      ) : null}
    </div>
  );
}

/** One sentence, and what fills the page. */
export function Empty({ children, icon, action }: { children: React.ReactNode; icon?: React.ReactNode; action?: React.ReactNode }) {
  return (
    <div className="empty">
      {icon ?? <Inbox aria-hidden="true" />}
      <p>{children}</p>
      {action}
    </div>
  );
}

export function Skeleton({ width = "100%", height = 14 }: { width?: number | string; height?: number | string }) {
  return <span className="skeleton" style={{ width, height }} aria-hidden="true" />;
}

export function SkeletonLines({ lines = 5 }: { lines?: number }) {
  return (
    <div style={{ display: "grid", gap: 12 }} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} width={`${92 - ((line * 17) % 45)}%`} />
      ))}
    </div>
  );
}

/** What a query answers, or its skeleton, or its error. */
export function Loaded<T>({ query, children, waiting }: { query: UseQueryResult<T, ApiError>; children: (value: T) => React.ReactNode; waiting?: React.ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorBox error={query.error} again={() => void query.refetch()} />;
  return <>{waiting ?? <SkeletonLines />}</>;
}

export function ButtonLink({ href, children, primary }: { href: string; children: React.ReactNode; primary?: boolean }) {
  return (
    <Link href={href} className={`button${primary ? " button--primary" : ""}`}>
      {children}
    </Link>
  );
}

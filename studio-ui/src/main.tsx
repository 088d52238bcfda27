/** Where Studio begins: fonts, theme, session, and the frame with its pages. */

import "@fontsource-variable/geist";
import "@fontsource-variable/geist-mono";
import "./theme.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { Door } from "./app/Door";
import { Frame } from "./app/Frame";
import { enterRegion } from "./app/region";
import { Routes } from "./app/routes";
import { applyTheme } from "./app/theme";
import { onSignedOut, setRegion } from "./wire/call";
import { follow } from "./wire/live";
import { client } from "./wire/query";
import { enter, isLink, type Session, SessionContext } from "./wire/session";

type Visit = { session: Session | null; error: Error | null };

applyTheme();
// A link that is pasted into a tab of Studio changes only the part behind the #, which loads nothing by itself.
window.addEventListener("hashchange", () => {
  if (isLink(window.location.hash)) window.location.reload();
});
// Asked once, before anything is drawn: a link's token opens one session only.
const entering = enter().then(
  (session): Visit => ({ session, error: null }),
  (error: Error): Visit => ({ session: null, error }),
);

function Studio() {
  const [visit, setVisit] = useState<Visit | null>(null);
  useEffect(() => {
    void entering.then(setVisit);
    onSignedOut(() => setVisit((before) => (before ? { session: null, error: null } : before)));
  }, []);
  if (!visit) return null;
  if (!visit.session) return <Door error={visit.error} />;
  return <Inside session={visit.session} />;
}

function Inside({ session: entered }: { session: Session }) {
  const session = useMemo(() => ({ ...entered, own: entered.region, region: enterRegion(entered.region) }), [entered]);
  setRegion(session.region);
  useEffect(() => follow(client), []);
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={client}>
        <Router base="/studio">
          <Frame>
            <Routes />
          </Frame>
        </Router>
      </QueryClientProvider>
    </SessionContext>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Studio />
    </StrictMode>,
  );
}

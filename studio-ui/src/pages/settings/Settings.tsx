/** Keys, how to connect, who may look, and how this server is. */

import { useState } from "react";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Tabs } from "../../parts/Box";
import { About } from "./About";
import { Connect } from "./Connect";
import type { Key } from "./connect";
import { Keys } from "./Keys";
import { Machine } from "./Machine";
import { People } from "./People";
import "./settings.css";

export default function Settings() {
  usePlace(["Settings"]);
  // A secret is known as long as this page is open, so that the snippets can be whole.
  const [key, setKey] = useState<Key | undefined>();
  return (
    <Page title="Settings">
      <Tabs
        tabs={[
          { id: "connect", label: "Connect", body: () => <Connect made={key} /> },
          { id: "keys", label: "Access keys", body: () => <Keys made={key} setMade={setKey} /> },
          { id: "people", label: "People", body: () => <People /> },
          { id: "machine", label: "This machine", body: () => <Machine /> },
          { id: "about", label: "Account and region", body: () => <About /> },
        ]}
      />
    </Page>
  );
}

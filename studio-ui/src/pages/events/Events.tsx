/** What happens, which rules listen, and why one fired or did not. */

import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Tabs } from "../../parts/Box";
import { DeadLetters } from "./Deliveries";
import { Happened } from "./Happened";
import { Rules } from "./Rules";
import { TryPattern } from "./TryPattern";
import "./events.css";

export default function Events() {
  usePlace(["Events"]);
  return (
    <Page title="Events" about="Everything that changes is an event. Rules hand events on to pipelines, builds, logs and topics.">
      <Tabs
        tabs={[
          { id: "happened", label: "What happened", body: () => <Happened /> },
          { id: "rules", label: "Rules", body: () => <Rules /> },
          { id: "pattern", label: "Try a pattern", body: () => <TryPattern /> },
          { id: "dead", label: "Dead letters", body: () => <DeadLetters /> },
        ]}
      />
    </Page>
  );
}

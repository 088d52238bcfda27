/** What a person is asked, wherever it is asked: about a version, or about an action of a delivery. */

import type { Ask } from "../projects/story";
import { ActionDecision } from "./ActionDecision";
import { VersionDecision } from "./VersionDecision";

export function Decision({ ask, close }: { ask: Ask; close: () => void }) {
  return ask.what === "version" ? <VersionDecision arn={ask.arn} close={close} /> : <ActionDecision ask={ask} close={close} />;
}

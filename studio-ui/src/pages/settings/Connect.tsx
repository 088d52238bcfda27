/** Snippets that connect clients, ready to copy. */

import { useAddress } from "../../parts/address";
import { Card, Tabs } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { useSession } from "../../wire/session";
import { boto3Of, cliOf, gitOf, type Key, linesOf, notebookOf, OWN_COMMANDS, type Place, sdkOf, SHELL_NAMES, SHELLS, variablesOf } from "./connect";

export function usePlaceOfServer(): Place {
  const { endpoint, region, account } = useSession();
  const { hostname, origin } = window.location;
  // Whoever looks from another machine reaches the server by the name the browser uses.
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return { endpoint: isHere ? endpoint : origin, region, account };
}

export function Connect({ made }: { made: Key | undefined }) {
  const place = usePlaceOfServer();
  const { arn, name } = useSession();
  const [search, change] = useAddress();
  const goToKeys = () => change({ tab: "keys" });
  const shell = SHELLS.find((each) => each === search.get("shell")) ?? "sh";
  return (
    <>
      <Card title="Environment variables">
        <div className="connect">
          <Tabs name="shell" tabs={SHELLS.map((each) => ({ id: each, label: SHELL_NAMES[each], body: () => <Variables command={OWN_COMMANDS[each]} lines={linesOf(each, variablesOf(place, made))} /> }))} />
          {made ? null : (
            <p className="soft small">
              The second snippet needs a key of yours:{" "}
              <button type="button" className="link-button" onClick={goToKeys}>
                <u>create one</u>
              </button>
              , and it stands here as long as this page is open.
            </p>
          )}
        </div>
      </Card>
      <div className="snippets">
        <Card title="AWS CLI">
          <Snippet text={cliOf(place, made)} />
        </Card>
        <Card title="boto3">
          <Snippet text={boto3Of(place, made)} />
        </Card>
        <Card title="SageMaker SDK">
          <Snippet text={sdkOf(place)} />
        </Card>
        <Card title="Notebook">
          <Snippet text={notebookOf(place, made)} />
        </Card>
        <Card title="git">
          <Snippet text={gitOf(place, arn.endsWith(":root") ? "" : name)} />
          <p className="soft small">In a shell with the variables of <code>{OWN_COMMANDS[shell]}</code> plain git works without a password, and CodeCommit's own addresses lead here.</p>
        </Card>
      </div>
    </>
  );
}

function Variables({ command, lines }: { command: string; lines: string }) {
  return (
    <>
      <div className="connect__part">
        <h3>Where ormer is installed</h3>
        <Snippet text={command} />
      </div>
      <div className="connect__part">
        <h3>Anywhere else</h3>
        <Snippet text={lines} />
      </div>
    </>
  );
}

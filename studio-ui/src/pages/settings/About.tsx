/** Which account, region and server one looks at. */

import { chooseRegion, useRegions } from "../../app/region";
import { Card, Facts, Loaded } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { useOperation } from "../../wire/query";
import { useSession } from "../../wire/session";
import { TemplatesSwitch } from "../projects/TemplatesSwitch";
import { usePlaceOfServer } from "./Connect";

export function About() {
  const session = useSession();
  const place = usePlaceOfServer();
  const regions = useRegions();
  const status = useOperation<{ Status?: string }>("sagemaker", "GetSagemakerServicecatalogPortfolioStatus", {});
  return (
    <>
      <Card title="This server">
        <Facts
          of={[
            ["Version", session.version],
            ["Endpoint", <Copyable key="e" text={place.endpoint} mono />],
            ["Account", <Copyable key="a" text={session.account} mono />],
            ["Signed in as", <Copyable key="s" text={session.arn} mono />],
          ]}
        />
      </Card>
      <Card title="Regions" flush>
        <p className="card__body soft">
          Each region has its own pipelines, endpoints, events and stacks, as in AWS; IAM and bucket names are everywhere the same. Studio shows <strong>{session.region}</strong> now.
        </p>
        <Loaded query={regions}>
          {({ own, regions: found }) => (
            <ul className="regions">
              {found.map((region) => (
                <li key={region.name}>
                  <span>
                    {region.name} {region.name === own ? <span className="faint small">this server's own</span> : null}
                  </span>
                  <span className="soft number">
                    {region.resources} {region.resources === 1 ? "resource" : "resources"}
                  </span>
                  <button type="button" className="button button--small" aria-label={region.name === session.region ? undefined : `Show ${region.name}`} disabled={region.name === session.region} onClick={() => chooseRegion(region.name)}>
                    {region.name === session.region ? "Shown" : "Show"}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Card>
      <Card title="Project templates">
        <Loaded query={status}>{({ Status }) => <TemplatesSwitch enabled={Status === "Enabled"} />}</Loaded>
      </Card>
    </>
  );
}

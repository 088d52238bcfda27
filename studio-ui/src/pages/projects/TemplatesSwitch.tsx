/** Whether SageMaker's project templates may be used in this account, and the switch for those who may change it. */

import { Lock, LockOpen } from "lucide-react";
import { ErrorBox } from "../../parts/Box";
import { Time } from "../../parts/Time";
import { read } from "../../wire/call";
import { useReading, useWrite } from "../../wire/query";
import { useSession } from "../../wire/session";
import "./projects.css";

const STATUS = ["GetSagemakerServicecatalogPortfolioStatus", "SearchProducts", "templates"];

interface Switched {
  /** ARN of who chose last; absent before anybody did. */
  by?: string;
  at?: string;
}

export function TemplatesSwitch({ enabled }: { enabled: boolean }) {
  const { account, region } = useSession();
  const enable = useWrite("sagemaker", "EnableSagemakerServicecatalogPortfolio", STATUS);
  const disable = useWrite("sagemaker", "DisableSagemakerServicecatalogPortfolio", STATUS);
  const switched = useReading<Switched>(["ormer", "templates", account, region], (signal) => read("templates", signal));
  const error = enable.error ?? disable.error;
  return (
    <div className="switch" data-on={enabled || undefined}>
      {enabled ? <LockOpen aria-hidden="true" /> : <Lock aria-hidden="true" />}
      <p>
        {enabled ? (
          <>
            SageMaker's project templates are enabled for account <span className="number">{account}</span> in {region} and its users<Who of={switched.data} otherwise=", from the start" />.
          </>
        ) : (
          <>
            SageMaker's project templates are switched off for account <span className="number">{account}</span> in {region}
            <Who of={switched.data} otherwise="" />. Whoever may call <code>sagemaker:EnableSagemakerServicecatalogPortfolio</code> can switch them on; templates of the organisation work either way.
          </>
        )}
      </p>
      <button type="button" className="button button--small" disabled={enable.isPending || disable.isPending} onClick={() => (enabled ? disable : enable).mutate({})}>
        {enabled ? "Switch off" : "Switch on"}
      </button>
      {error ? <ErrorBox error={error} /> : null}
    </div>
  );
}

function Who({ of, otherwise }: { of: Switched | undefined; otherwise: string }) {
  if (!of) return null;
  if (!of.by) return <>{otherwise}</>;
  return (
    <>
      {" "}
      by {of.by.split(/[/:]/).pop()} <Time at={of.at} />
    </>
  );
}

/** What somebody sees who is not signed in. */

import { ErrorBox } from "../parts/Box";
import { Snippet } from "../parts/Copyable";
import "./frame.css";

export function Door({ error }: { error: Error | null }) {
  return (
    <main className="door">
      <div className="door__card">
        <img src="/studio/mark.svg" alt="" />
        <h1>Sign in to ormer Studio</h1>
        {error ? <ErrorBox error={error} /> : null}
        <p className="soft">Run this where the server lives, and open the link it prints. Each link works once, for 15 minutes.</p>
        <Snippet text="ormer studio" />
      </div>
    </main>
  );
}

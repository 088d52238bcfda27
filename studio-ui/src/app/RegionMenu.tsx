/** Account and region in the frame's corner, and the way to another region. */

import { Check, ChevronDown } from "lucide-react";
import { useRef, useState } from "react";
import { useSession } from "../wire/session";
import { chooseRegion, isRegion, useRegions } from "./region";

export function RegionMenu() {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  return (
    <div
      className="menu top__place"
      ref={place}
      onBlur={(event) => {
        if (!place.current?.contains(event.relatedTarget)) setOpen(false);
      }}
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <button type="button" className="top__region" aria-expanded={open} title={session.arn} onClick={() => setOpen(!open)}>
        <span className="hidden-words">Account and region</span>
        <span className="number">{session.account}</span>
        <span data-other={session.region === session.own ? undefined : ""}>
          {session.region} <ChevronDown aria-hidden="true" />
        </span>
      </button>
      {open ? <Choices close={() => setOpen(false)} /> : null}
    </div>
  );
}

function Choices({ close }: { close: () => void }) {
  const session = useSession();
  const regions = useRegions();
  const [other, setOther] = useState("");
  const choose = (name: string) => (name === session.region ? close() : chooseRegion(name));
  return (
    <div className="menu__list" tabIndex={-1}>
      {(regions.data?.regions ?? [{ name: session.region, resources: 0 }]).map((region) => (
        <button key={region.name} type="button" className="menu__item" aria-current={region.name === session.region ? "true" : undefined} onClick={() => choose(region.name)}>
          <span style={{ width: 14 }}>{region.name === session.region ? <Check /> : null}</span>
          <span style={{ flex: 1 }}>{region.name}</span>
          <span className="faint small number">{region.resources}</span>
        </button>
      ))}
      <form
        className="menu__item"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRegion(other)) choose(other);
        }}
      >
        <input className="input" aria-label="Another region" placeholder="another, such as eu-west-1" value={other} aria-invalid={(other !== "" && !isRegion(other)) || undefined} onChange={(event) => setOther(event.target.value.trim())} />
      </form>
    </div>
  );
}

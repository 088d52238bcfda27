/** Which region Studio shows: what the address says, what was chosen last, or the server's own. */

import { useEffect } from "react";
import { useLocation, useSearch } from "wouter";
import { read } from "../wire/call";
import { useReading } from "../wire/query";
import { useSession } from "../wire/session";

const FORM = /^[a-z]{2}(-[a-z]+)+-\d$/;
const KEPT = "ormer.region";

export function isRegion(name: string): boolean {
  return FORM.test(name);
}

/** own: the server's. */
export function regionShown(address: string, kept: string | null, own: string): string {
  const asked = new URLSearchParams(address).get("region") ?? "";
  if (isRegion(asked)) return asked;
  return kept !== null && isRegion(kept) ? kept : own;
}

/** The region to begin with; one that the address names is kept. */
export function enterRegion(own: string): string {
  const region = regionShown(window.location.search, localStorage.getItem(KEPT), own);
  localStorage.setItem(KEPT, region);
  return region;
}

/** Show another region: everything is read anew, from home on. */
export function chooseRegion(name: string): void {
  localStorage.setItem(KEPT, name);
  window.location.assign(`/studio/?region=${name}`);
}

/** A region that is not the server's own stands in every address, so that it can be sent. */
export function useRegionInAddress(): void {
  const { region, own } = useSession();
  const [path] = useLocation();
  const search = useSearch();
  useEffect(() => {
    const address = new URL(window.location.href);
    if ((region === own && !address.searchParams.has("region")) || address.searchParams.get("region") === region) return;
    address.searchParams.set("region", region);
    window.history.replaceState(window.history.state, "", address);
  }, [region, own, path, search]);
}

export interface Regions {
  own: string;
  regions: { name: string; resources: number }[];
}

export function useRegions(enabled = true) {
  return useReading<Regions>(["ormer", "regions"], (signal) => read<Regions>("regions", signal), { enabled });
}

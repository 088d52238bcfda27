/** The frame around every page. */

import {
  Activity,
  Boxes,
  Cog,
  FlaskConical,
  ChevronsLeft,
  ChevronsRight,
  Database,
  FolderKanban,
  House,
  Layers,
  LogOut,
  Menu,
  Moon,
  Radio,
  Search,
  Settings,
  Sun,
  Truck,
  Workflow,
  Zap,
} from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useLive } from "../wire/live";
import { leave, useSession } from "../wire/session";
import { useCrumbs } from "./crumbs";
import { Palette, usePaletteKey } from "./Palette";
import { useKept } from "./kept";
import { useRegionInAddress } from "./region";
import { RegionMenu } from "./RegionMenu";
import { useTheme } from "./theme";
import "./frame.css";

export interface Place {
  path: string;
  label: string;
  icon: React.ReactNode;
}

/** What the navigation leads to. A page that is not there yet does not stand here. */
export const PLACES: Place[] = [
  { path: "/", label: "Home", icon: <House /> },
  { path: "/projects", label: "Projects", icon: <FolderKanban /> },
  { path: "/pipelines", label: "Pipelines", icon: <Workflow /> },
  { path: "/experiments", label: "Experiments", icon: <FlaskConical /> },
  { path: "/models", label: "Models", icon: <Boxes /> },
  { path: "/endpoints", label: "Endpoints", icon: <Radio /> },
  { path: "/monitors", label: "Monitors", icon: <Activity /> },
  { path: "/delivery", label: "Delivery", icon: <Truck /> },
  { path: "/jobs", label: "Jobs", icon: <Cog /> },
  { path: "/data", label: "Data", icon: <Database /> },
  { path: "/events", label: "Events", icon: <Zap /> },
  { path: "/stacks", label: "Stacks", icon: <Layers /> },
  { path: "/settings", label: "Settings", icon: <Settings /> },
];

export function Frame({ children }: { children: React.ReactNode }) {
  const [narrow, setNarrow] = useKept("narrow", false);
  const [open, setOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  usePaletteKey(() => setSearching(true));
  useRegionInAddress();
  return (
    <div className="frame" data-narrow={narrow || undefined}>
      <Side narrow={narrow} setNarrow={setNarrow} open={open} close={() => setOpen(false)} />
      {open ? <button type="button" className="veil" aria-label="Close the navigation" onClick={() => setOpen(false)} /> : null}
      <Top openMenu={() => setOpen(true)} search={() => setSearching(true)} />
      <main className="content" id="content">
        {children}
      </main>
      {searching ? <Palette close={() => setSearching(false)} /> : null}
    </div>
  );
}

function Side({ narrow, setNarrow, open, close }: { narrow: boolean; setNarrow: (narrow: boolean) => void; open: boolean; close: () => void }) {
  const [path] = useLocation();
  const session = useSession();
  return (
    <nav className="side" data-open={open || undefined} aria-label="Main" onClick={close}>
      <Link href="/" className="side__mark" aria-label="ormer Studio, home">
        <img src="/studio/mark.svg" alt="" />
        <span>ormer</span>
      </Link>
      {PLACES.map((place) => (
        <Link key={place.path} href={place.path} className="side__link" title={narrow ? place.label : undefined} aria-current={isUnder(path, place.path) ? "page" : undefined}>
          {place.icon}
          <span>{place.label}</span>
        </Link>
      ))}
      <div className="side__foot">
        <button type="button" className="side__link side__link--button" title={`Sign out ${session.name}`} onClick={() => void leave().finally(() => window.location.reload())}>
          <LogOut />
          <span>Sign out {session.name}</span>
        </button>
        <button type="button" className="side__link side__link--button side__narrow" title={narrow ? "Widen" : "Collapse"} onClick={() => setNarrow(!narrow)}>
          {narrow ? <ChevronsRight /> : <ChevronsLeft />}
          <span>Collapse</span>
        </button>
      </div>
    </nav>
  );
}

function isUnder(path: string, place: string): boolean {
  return place === "/" ? path === "/" : path === place || path.startsWith(`${place}/`);
}

function Top({ openMenu, search }: { openMenu: () => void; search: () => void }) {
  const crumbs = useCrumbs();
  const live = useLive();
  const [theme, flip] = useTheme();
  return (
    <header className="top">
      <button type="button" className="button button--quiet button--icon top__menu" aria-label="Open the navigation" onClick={openMenu}>
        <Menu />
      </button>
      <nav aria-label="Breadcrumbs" style={{ flex: 1, minWidth: 0 }}>
        <ol className="crumbs">
          {crumbs.map((crumb, place) => (
            <li key={crumb.label} aria-current={place === crumbs.length - 1 ? "page" : undefined}>
              {crumb.path ? <Link href={crumb.path}>{crumb.label}</Link> : <span>{crumb.label}</span>}
            </li>
          ))}
        </ol>
      </nav>
      <button type="button" className="top__search" onClick={search}>
        <Search />
        <span>Go to anything</span>
        <kbd>{MAC ? "⌘" : "Ctrl"} K</kbd>
      </button>
      <RegionMenu />
      <span className="top__live" data-live={live || undefined} role="status" title={live ? "Live: changes appear by themselves" : "The event stream is not connected"} aria-label={live ? "Live" : "Not connected"} />
      <button type="button" className="button button--quiet button--icon" aria-label={`Use the ${theme === "dark" ? "light" : "dark"} theme`} onClick={flip}>
        {theme === "dark" ? <Sun /> : <Moon />}
      </button>
    </header>
  );
}

const MAC = navigator.userAgent.includes("Mac");

/** Which address shows which page. Pages are loaded when they are first opened. */

import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { ButtonLink, Empty, SkeletonLines } from "../parts/Box";
import { Page } from "./Page";

const Home = lazy(() => import("../pages/home/Home"));
const Projects = lazy(() => import("../pages/projects/Projects"));
const NewProject = lazy(() => import("../pages/projects/NewProject"));
const Project = lazy(() => import("../pages/projects/Project"));
const Pipelines = lazy(() => import("../pages/pipelines/Pipelines"));
const Pipeline = lazy(() => import("../pages/pipelines/Pipeline"));
const Execution = lazy(() => import("../pages/pipelines/Execution"));
const Deliveries = lazy(() => import("../pages/delivery/Deliveries"));
const Delivery = lazy(() => import("../pages/delivery/Delivery"));
const DeliveryExecution = lazy(() => import("../pages/delivery/DeliveryExecution"));
const Groups = lazy(() => import("../pages/models/Groups"));
const Group = lazy(() => import("../pages/models/Group"));
const VersionPage = lazy(() => import("../pages/models/VersionPage"));
const Endpoints = lazy(() => import("../pages/endpoints/Endpoints"));
const Endpoint = lazy(() => import("../pages/endpoints/Endpoint"));
const MonitorsPage = lazy(() => import("../pages/monitors/MonitorsPage"));
const Jobs = lazy(() => import("../pages/jobs/Jobs"));
const Job = lazy(() => import("../pages/jobs/Job"));
const Experiments = lazy(() => import("../pages/experiments/Experiments"));
const Buckets = lazy(() => import("../pages/data/Buckets"));
const Bucket = lazy(() => import("../pages/data/Bucket"));
const Events = lazy(() => import("../pages/events/Events"));
const RulePage = lazy(() => import("../pages/events/RulePage"));
const Stacks = lazy(() => import("../pages/stacks/Stacks"));
const StackPage = lazy(() => import("../pages/stacks/StackPage"));
const Settings = lazy(() => import("../pages/settings/Settings"));
const Experiment = lazy(() => import("../pages/experiments/Experiment"));

export function Routes() {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/" component={Home} />
        <Route path="/projects" component={Projects} />
        <Route path="/new-project" component={NewProject} />
        <Route path="/projects/:name" component={Project} />
        <Route path="/pipelines" component={Pipelines} />
        <Route path="/pipelines/:name" component={Pipeline} />
        <Route path="/pipelines/:name/executions/:id" component={Execution} />
        <Route path="/delivery" component={Deliveries} />
        <Route path="/delivery/:name" component={Delivery} />
        <Route path="/delivery/:name/executions/:id" component={DeliveryExecution} />
        <Route path="/models" component={Groups} />
        <Route path="/models/:group" component={Group} />
        <Route path="/models/:group/:version" component={VersionPage} />
        <Route path="/endpoints" component={Endpoints} />
        <Route path="/endpoints/:name" component={Endpoint} />
        <Route path="/monitors" component={MonitorsPage} />
        <Route path="/jobs" component={Jobs} />
        <Route path="/jobs/:type/:name" component={Job} />
        <Route path="/experiments" component={Experiments} />
        <Route path="/experiments/:name" component={Experiment} />
        <Route path="/data" component={Buckets} />
        <Route path="/data/:bucket" component={Bucket} />
        <Route path="/events" component={Events} />
        <Route path="/events/rules/:bus/:name" component={RulePage} />
        <Route path="/stacks" component={Stacks} />
        <Route path="/stacks/:name" component={StackPage} />
        <Route path="/stacks/:name/:id" component={StackPage} />
        <Route path="/settings" component={Settings} />
        <Route component={Nowhere} />
      </Switch>
    </Suspense>
  );
}

function Waiting() {
  return (
    <div className="page">
      <SkeletonLines lines={6} />
    </div>
  );
}

function Nowhere() {
  return (
    <Page title="There is no page here">
      <Empty action={<ButtonLink href="/">Go home</ButtonLink>}>The address leads nowhere. What it named may have been deleted.</Empty>
    </Page>
  );
}

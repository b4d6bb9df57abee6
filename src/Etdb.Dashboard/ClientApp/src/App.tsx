import { lazy, Suspense, useEffect } from 'react';
import { Link, Route, Switch } from 'wouter';
import { Layout } from './components/Layout';
import { OverviewPage } from './pages/OverviewPage';

const DatasetsPage = lazy(() => import('./pages/DatasetsPage'));
const DatasetPage = lazy(() => import('./pages/DatasetPage'));
const MembersPage = lazy(() => import('./pages/MembersPage'));
const NodesPage = lazy(() => import('./pages/NodesPage'));
const RepairsPage = lazy(() => import('./pages/RepairsPage'));
const IncidentsPage = lazy(() => import('./pages/IncidentsPage'));
const DemoPage = lazy(() => import('./pages/DemoPage'));
const SignInPage = lazy(() => import('./pages/SignInPage'));

/** The routes. DashboardEndpoints.cs knows the same list: it answers them with the page, and everything else with 404. */
export function App() {
  return (
    <Layout>
      <Suspense fallback={<p role="status" className="empty">Opening the page …</p>}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/datasets" component={DatasetsPage} />
          <Route path="/datasets/:id">{({ id }) => <DatasetPage key={id} id={id} />}</Route>
          <Route path="/members" component={MembersPage} />
          <Route path="/nodes" component={NodesPage} />
          <Route path="/repairs" component={RepairsPage} />
          <Route path="/incidents" component={IncidentsPage} />
          <Route path="/demo" component={DemoPage} />
          <Route path="/signin" component={SignInPage} />
          <Route component={NoPage} />
        </Switch>
      </Suspense>
    </Layout>
  );
}

function NoPage() {
  useEffect(() => {
    document.title = 'No such page · ETDB';
  }, []);
  return (
    <>
      <h1>There is no such page</h1>
      <p><Link to="/">Go to the overview</Link> or <Link to="/datasets">search the datasets</Link>.</p>
    </>
  );
}

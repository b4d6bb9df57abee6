import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMenu2, IconMoon, IconSun, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useCluster, useDemo } from '../api/queries';
import { formatCount } from '../format/numbers';
import { Announcer } from './Announcer';
import { LiveIndicator, StaleBanner } from './LiveIndicator';
import { SignedIn } from './SignedIn';
import { TimeAgo } from './TimeAgo';

const pages = [
  { to: '/', name: 'Overview' },
  { to: '/datasets', name: 'Datasets' },
  { to: '/members', name: 'Members' },
  { to: '/nodes', name: 'Nodes' },
  { to: '/repairs', name: 'Repairs' },
  { to: '/incidents', name: 'Incidents' },
];

/** Header, navigation, the page, footer. */
export function Layout({ children }: { children: ReactNode }) {
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    globalThis.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [location]);

  return (
    <>
      <a className="skip-link" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <Header location={location} />
      <StaleBanner />
      <main id="main" ref={main} tabIndex={-1}>{children}</main>
      <Footer />
      <Announcer />
    </>
  );
}

function Header({ location }: { location: string }) {
  const [open, setOpen] = useState(false);
  const demo = useDemo().data;
  useEffect(() => setOpen(false), [location]);
  const entries = demo?.enabled ? [...pages, { to: '/demo', name: 'Break something' }] : pages;
  const isCurrent = (to: string) => (to === '/' ? location === '/' : location === to || location.startsWith(`${to}/`));
  return (
    <header className="top">
      <div className="top-row">
        <Link to="/" className="brand">
          <img src="/favicon.svg" alt="" width="30" height="30" />
          <span>Electron Tomography <span className="brand-rest">Database</span></span>
        </Link>
        <LiveIndicator />
        <SignedIn />
        <SchemeToggle />
        <ActionIcon
          className="menu-button" variant="subtle" color="gray" size="lg" aria-expanded={open} aria-controls="pages"
          aria-label={open ? 'Close the menu' : 'Open the menu'} onClick={() => setOpen(!open)}
        >
          {open ? <IconX size={22} aria-hidden /> : <IconMenu2 size={22} aria-hidden />}
        </ActionIcon>
      </div>
      <nav id="pages" aria-label="Pages" className={open ? 'pages pages-open' : 'pages'}>
        <ul>
          {entries.map((page) => (
            <li key={page.to}>
              <Link to={page.to} onClick={() => setOpen(false)} aria-current={isCurrent(page.to) ? 'page' : undefined}>{page.name}</Link>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true }); // it would stop them by an inline style sheet
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Use ${other} colours`} title={`Use ${other} colours`} onClick={() => setColorScheme(other)}>
      {scheme === 'dark' ? <IconSun size={20} aria-hidden /> : <IconMoon size={20} aria-hidden />}
    </ActionIcon>
  );
}

function Footer() {
  const cluster = useCluster().data;
  if (!cluster) return <footer className="foot" />;
  const { ledger } = cluster;
  return (
    <footer className="foot">
      {ledger && (
        <span>
          Ledger FLO {cluster.network}, block {formatCount(ledger.height)}
          {ledger.tipTime && <> (<TimeAgo at={ledger.tipTime} />)</>}, {formatCount(ledger.records)} records
          {ledger.lagBlocks ? `, ${formatCount(ledger.lagBlocks)} blocks behind` : ''}
        </span>
      )}
      <span>etdb {cluster.version} on {cluster.runtime}</span>
      <span>Started <TimeAgo at={cluster.startedAt} /></span>
    </footer>
  );
}

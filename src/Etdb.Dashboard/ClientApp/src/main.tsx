import './theme/mantine.css';
import 'virtual:mantine-variables.css';
import './theme/fonts.css';
import './theme/tokens.css';
import './theme/base.css';
import './theme/parts.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client';
import { App } from './App';
import { LiveProvider } from './live/LiveProvider';
import { theme } from './theme/theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000, // the live feed keeps what is shown fresh
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status !== null && error.status < 500),
      retryDelay: 800,
      refetchOnWindowFocus: false,
    },
  },
});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}
      colorSchemeManager={localStorageColorSchemeManager({ key: 'etdb-colour-scheme' })}
    >
      <QueryClientProvider client={client}>
        <LiveProvider>
          <App />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

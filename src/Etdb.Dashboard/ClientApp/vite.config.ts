import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockApi } from './mock/plugin.ts';
import { mantineVariables } from './vite/mantineVariables.ts';
import { precompress } from './vite/precompress.ts';

/**
 * `npm run dev` plays the REST contract from mock/; `npm run dev:server` shows a running server's data instead
 * (ETDB_SERVER, by default the demo's address). Neither is part of the build.
 */
export default defineConfig(({ mode }) => ({
  plugins: [react(), mantineVariables(), precompress(), ...(mode === 'mock' ? [mockApi()] : [])],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: {
    host: '127.0.0.1',
    proxy: mode === 'server'
      ? { '^/(api|ipfs)/': { target: process.env.ETDB_SERVER ?? 'http://127.0.0.1:8420', changeOrigin: true } }
      : undefined,
  },
  preview: { host: '127.0.0.1' },
}));

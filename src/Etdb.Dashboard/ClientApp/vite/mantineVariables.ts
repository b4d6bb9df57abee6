import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from '../src/theme/theme.ts';

const id = 'virtual:mantine-variables.css';

/**
 * Mantine writes its theme variables into a `<style>` element at run time, which a strict content security policy
 * forbids. They are constant, so this plugin writes them into the style sheet while building.
 */
export function mantineVariables(): Plugin {
  return {
    name: 'etdb-mantine-variables',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return undefined;
      const merged = mergeMantineTheme(DEFAULT_THEME, theme);
      return convertCssVariables(defaultCssVariablesResolver(merged), ':root');
    },
  };
}

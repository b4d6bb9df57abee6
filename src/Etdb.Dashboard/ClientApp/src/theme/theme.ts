import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Archive blue-green: the one accent colour. States have colours of their own in tokens.css. */
const archive: MantineColorsTuple = [
  '#eef6f7', '#dbe9ec', '#b4d2d8', '#89b9c3', '#66a4b1', '#4f97a6', '#3f8b9b', '#2c7383', '#1d5d6b', '#0d4551',
];

export const theme = createTheme({
  primaryColor: 'archive',
  primaryShade: 8, // white text on it has a contrast of 7:1, in both schemes
  colors: { archive },
  fontFamily: "'Source Sans 3', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  headings: { fontFamily: "'Source Serif 4', 'Iowan Old Style', Palatino, Georgia, serif", fontWeight: '600' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
});

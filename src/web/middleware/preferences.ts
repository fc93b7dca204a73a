import type { Request } from 'express';
import { readCookie } from './cookies.ts';

/** What a person has chosen for the eyes and hands; kept in cookies, so it works without JavaScript and before signing in. */
export interface Preferences {
  large: boolean;
  compact: boolean;
  theme: 'light' | 'dark' | 'system';
  shortcuts: boolean;
}

/** Each preference: the name of its field in a form, its cookie, and the values it may take. */
export const PREFERENCES = {
  large: { cookie: 'suying_large', values: ['0', '1'] },
  density: { cookie: 'suying_density', values: ['comfortable', 'compact'] },
  theme: { cookie: 'suying_theme', values: ['light', 'dark', 'system'] },
  shortcuts: { cookie: 'suying_shortcuts', values: ['on', 'off'] },
} as const;

export function preferencesOf(req: Request): Preferences {
  const theme = readCookie(req, PREFERENCES.theme.cookie);
  return {
    large: readCookie(req, PREFERENCES.large.cookie) === '1',
    compact: readCookie(req, PREFERENCES.density.cookie) === 'compact',
    theme: theme === 'dark' || theme === 'system' ? theme : 'light',
    shortcuts: readCookie(req, PREFERENCES.shortcuts.cookie) !== 'off',
  };
}

import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useEffect } from 'react';
import { useRemembered } from './remembered.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

/** Light or dark, as chosen or as the system is. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, choose] = useRemembered<Theme>('theme', 'system');
  useEffect(() => {
    const apply = (): void => {
      const dark = theme === 'dark' || (theme === 'system' && prefersDark.matches);
      applyMode(dark ? Mode.Dark : Mode.Light);
      document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
    };
    apply();
    prefersDark.addEventListener('change', apply);
    return () => prefersDark.removeEventListener('change', apply);
  }, [theme]);
  return [theme, choose];
}

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'sluice-theme';

const isTheme = (value: string | null): value is Theme => THEMES.some((theme) => theme === value);

/** Light, dark, or the system's theme. The choice is remembered in this browser. */
export function theme(): Theme {
  const stored = localStorage.getItem(KEY);
  return isTheme(stored) ? stored : 'auto';
}

export function applyTheme(chosen: Theme): void {
  if (chosen === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  localStorage.setItem(KEY, chosen);
  document.dispatchEvent(new Event('themechange'));
}

export function nextTheme(): Theme {
  return THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? 'auto';
}

/** Plots are painted on a canvas, so they must be told when the theme changes. */
export function onThemeChange(changed: () => void, signal: AbortSignal): void {
  document.addEventListener('themechange', changed, { signal });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed, { signal });
}

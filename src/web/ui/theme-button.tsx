import { useEffect, useState } from 'preact/hooks';

const STORAGE_KEY = 'typhon.theme';

const themes = { auto: 'as the system', light: 'light', dark: 'dark' } as const;
type Theme = keyof typeof themes;

const after: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };

/** Goes through the system's own theme, light and dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(kept);
  useEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    localStorage.setItem(STORAGE_KEY, theme);
    // Plots are painted once with the colours of their time.
    dispatchEvent(new Event('themechange'));
  }, [theme]);
  const words = `Theme: ${themes[theme]}. Change to ${themes[after[theme]]}`;
  return (
    <button type="button" class="quiet icon" aria-label={words} title={words} onClick={() => setTheme(after[theme])}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <circle cx="10" cy="10" r="7" class="ring" />
        <path class="half" d={theme === 'auto' ? 'M10 3a7 7 0 0 1 0 14z' : FILLED[theme]} />
      </svg>
    </button>
  );
}

const FILLED = { light: 'M10 7a3 3 0 0 1 0 6 3 3 0 0 1 0-6z', dark: 'M10 3a7 7 0 0 1 0 14 7 7 0 0 1 0-14z' } as const;

function kept(): Theme {
  const value = localStorage.getItem(STORAGE_KEY);
  return value === 'light' || value === 'dark' ? value : 'auto';
}

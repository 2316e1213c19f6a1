/** Which theme is on: the choice kept in the workspace, or what the system asks for. */
import { useSyncExternalStore } from 'react'
import { useWorkspace } from '../stores/workspace.ts'
import { tokens, type Palette } from './tokens.ts'

export type ThemeName = 'dark' | 'light'

const prefersLight = () =>
  typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: light)') : undefined

function subscribeSystem(changed: () => void): () => void {
  const query = prefersLight()
  query?.addEventListener('change', changed)
  return () => query?.removeEventListener('change', changed)
}

const systemTheme = (): ThemeName => (prefersLight()?.matches ? 'light' : 'dark')

/** The theme on screen, `dark` or `light`. */
export function useThemeName(): ThemeName {
  const choice = useWorkspace((state) => state.theme)
  const system = useSyncExternalStore(subscribeSystem, systemTheme)
  return choice === 'system' ? system : choice
}

/** The colours on screen; the same object as long as the theme stays. */
export function usePalette(): Palette {
  return tokens[useThemeName()]
}

/** The theme on screen, outside React. */
export function currentTheme(): ThemeName {
  const choice = useWorkspace.getState().theme
  return choice === 'system' ? systemTheme() : choice
}

/** Puts the theme on the page now and whenever the choice or the system changes. */
export function applyTheme(): void {
  const apply = () => {
    document.documentElement.dataset['theme'] = currentTheme()
  }
  apply()
  useWorkspace.subscribe((now, before) => {
    if (now.theme !== before.theme) apply()
  })
  subscribeSystem(apply)
}

/** Places that the shell offers to views, found by id: the right end of a tab row, for example. */
import { useSyncExternalStore } from 'react'

const never = () => () => undefined

/** The element with this id, or null where the page has none. */
export function usePlace(id: string): HTMLElement | null {
  return useSyncExternalStore(never, () => document.getElementById(id))
}

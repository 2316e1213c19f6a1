/** Follows whether an action may be performed now. Actions read the stores, so any of them may change it. */
import { useSyncExternalStore } from 'react'
import type { Action } from '../session/actions.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'

function subscribeStores(changed: () => void): () => void {
  const stops = [
    useLive.subscribe(changed),
    useWorkspace.subscribe(changed),
    useDocument.subscribe(changed),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

export function useEnabled(action: Action): boolean {
  return useSyncExternalStore(subscribeStores, action.enabled)
}

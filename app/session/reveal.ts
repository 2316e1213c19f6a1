/** Reveal: links to places in the sources, from problems, events and the inspector to the editor. */
import { create } from 'zustand'
import type { Place } from '../../emulator-core/worker/frame.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { codeTabs, filesByTab } from './files.ts'

interface Reveal {
  /** The newest wish; a new object each time, so that the same place can be wished for twice. */
  readonly wish: { readonly place: Place; readonly focus: boolean } | undefined
}

export const useReveal = create<Reveal>()(() => ({ wish: undefined }))

/** Shows a place in the editor; takes focus there unless told not to. Unknown files are left alone. */
export function goTo(place: Place, focus = true): void {
  const { files } = useDocument.getState()
  const { generated, scene } = useLive.getState()
  const byTab = filesByTab(Object.keys(files), Object.keys(generated), scene?.files)
  const tab = codeTabs.find(({ id }) => byTab[id].includes(place.file))
  if (!tab) return
  const { openFiles, set, showCode } = useWorkspace.getState()
  if (focus) showCode(tab.id, place.file)
  else set({ codeTab: tab.id, openFiles: { ...openFiles, [tab.id]: place.file } })
  useReveal.setState({ wish: { place, focus } })
}

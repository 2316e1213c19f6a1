/** Projects: opens examples, puts unsaved work of an earlier visit back, and keeps new work on this device. */
import { useDocument } from '../stores/document.ts'
import { toast } from '../stores/toasts.ts'
import { isSafeStart } from '../stores/workspace-storage.ts'
import { openVault, startAutosave, type Vault } from './autosave.ts'
import { fetchExample, listExamples, type Example } from './examples.ts'
import { openProject } from './session.ts'
import { create } from 'zustand'

/** The list of examples, for menus; empty until it is read. */
export const useExamples = create<{
  readonly list: readonly Example[]
  readonly problem: string
}>()(() => ({ list: [], problem: '' }))

const firstExample = 'double'
let vault: Vault | undefined

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** The wanted example from the address, `?example=gemm`. */
function askedFor(): string | undefined {
  return new URLSearchParams(location.search).get('example') ?? undefined
}

/** Reads the index, opens what this person had open last (or the first example), starts saving. */
export async function startProjects(): Promise<void> {
  const listing = listExamples()
  vault = await openVault()
  startAutosave(vault)
  try {
    useExamples.setState({ list: await listing, problem: '' })
  } catch (error) {
    useExamples.setState({ problem: `The examples could not be listed: ${sentence(error)}.` })
    toast(useExamples.getState().problem, 'error')
    return
  }
  const last = isSafeStart() ? undefined : await vault?.readLast().catch(() => undefined)
  const { list } = useExamples.getState()
  const known = (id: string | undefined) => list.find((one) => one.id === id)
  const example = known(askedFor()) ?? known(last) ?? known(firstExample) ?? list[0]
  if (isSafeStart()) toast('Safe start: nothing of earlier visits was restored.')
  if (example) await openExample(example.id, !isSafeStart())
}

/** Opens an example by id, with what was edited on this device unless `restoring` is false. */
export async function openExample(id: string, restoring = true): Promise<void> {
  const example = useExamples.getState().list.find((one) => one.id === id)
  if (!example) {
    toast(`There is no example named ${id}.`, 'error')
    return
  }
  try {
    const project = await fetchExample(example)
    const saved = restoring ? await vault?.read(id).catch(() => undefined) : undefined
    const opened = openProject(project, saved?.files)
    if (saved && useDocument.getState().past.length > 0)
      useDocument.getState().noteRestored(saved.at)
    vault?.writeLast(id).catch(() => undefined)
    await opened
  } catch (error) {
    toast(`${example.title} could not be opened: ${sentence(error)}`, 'error')
  }
}

/** Puts every file back to what the example says and takes others away, as one step that can be undone. */
export function revertProject(): void {
  const { files, pristine, editAll } = useDocument.getState()
  const texts: Record<string, string | undefined> = {}
  for (const file of Object.keys({ ...files, ...pristine })) {
    const body = pristine[file]
    if (typeof body !== 'object') texts[file] = body
  }
  editAll(texts, 'return to the example')
}

/**
 * Files from this device: a control ELF, a page file or a source becomes the open project.
 *
 *     button, drop ──▶ bytes ── controlProject ──▶ worker ──▶ project ──▶ document, engine
 *                                                       └──▶ what is wrong with the file
 *
 * Simplified  the file itself is not kept: after a reload it has to be opened again
 */
import { toast } from '../stores/toasts.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { ask, openProject } from './session.ts'

/** What a person chooses or drops; a browser's `File` is one. */
export interface DiskFile {
  readonly name: string
  readonly size: number
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Larger files are no control code. */
const mostBytes = 0x1000_0000
const endings = '.elf,.o,.bin,.hex,.asm'

/** Opens a file as a project; a file that cannot be is named in a message and changes nothing. */
export async function openFile(file: DiskFile): Promise<void> {
  const refuse = (why: string) => toast(`${file.name} could not be opened: ${why}`, 'error')
  if (file.size > mostBytes) {
    refuse('it is too large for control code.')
    return
  }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer())
    const { files, problems } = await ask('controlProject', { name: file.name, bytes })
    if (!files) {
      const [first] = problems
      refuse(first ? `${first.code} ${first.message}` : 'it is no control code.')
      return
    }
    useWorkspace.getState().set({ codeTab: 'control' })
    await openProject({ id: file.name, title: file.name, files })
    useWorkspace.getState().showCode('control')
    for (const { code, message } of problems) toast(`${code} ${message}`, 'caution')
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
}

/** Lets the person choose a file. */
export function chooseFile(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = endings
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) void openFile(file)
  })
  input.click()
}

/** Which files stand under which tab: as the machine says, or by their endings until it has spoken. */
import type { Scene } from '../../emulator-core/worker/frame.ts'
import type { CodeTab } from '../stores/workspace.ts'

export type FilesByTab = Readonly<Record<CodeTab, readonly string[]>>

export const codeTabs: readonly { readonly id: CodeTab; readonly title: string }[] = [
  { id: 'kernel', title: 'Kernel' },
  { id: 'design', title: 'Design' },
  { id: 'control', title: 'Control' },
  { id: 'host', title: 'Host' },
  { id: 'data', title: 'Data' },
]

const endings: Readonly<Record<string, CodeTab>> = {
  cc: 'kernel',
  cpp: 'kernel',
  c: 'kernel',
  h: 'kernel',
  hpp: 'kernel',
  mlir: 'design',
  asm: 'control',
  s: 'control',
}

/** The tab of a file by its ending. */
export function tabOf(file: string): CodeTab {
  if (/(^|\/)host[^/]*\.json$/.test(file)) return 'host'
  return endings[file.slice(file.lastIndexOf('.') + 1)] ?? 'data'
}

/** Every file of the project and every generated one, each under exactly one tab. */
export function filesByTab(
  project: readonly string[],
  generated: readonly string[],
  said: Scene['files'] | undefined,
): FilesByTab {
  const all = new Set([...project, ...generated])
  const sorted: Record<CodeTab, string[]> = {
    kernel: [],
    design: [],
    control: [],
    host: [],
    data: [],
  }
  for (const { id } of codeTabs) {
    for (const file of said?.[id] ?? []) {
      if (all.delete(file)) sorted[id].push(file)
    }
  }
  for (const file of all) sorted[tabOf(file)].push(file)
  // Without a host program the project file is the host's part of the story.
  const at = sorted.data.indexOf('project.json')
  if (sorted.host.length === 0 && at >= 0) sorted.host.push(...sorted.data.splice(at, 1))
  return sorted
}

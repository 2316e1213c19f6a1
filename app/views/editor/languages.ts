/** Which language the editor takes a file for, and how a binary file is shown. */
import { tabOf } from '../../session/files.ts'
import type { CodeTab } from '../../stores/workspace.ts'

/** The Monaco language of a file. */
export function languageOf(file: string): string {
  const byTab: Readonly<Record<CodeTab, string>> = {
    kernel: 'aie-kernel',
    design: 'aie-design',
    control: 'aie-control',
    host: 'project-json',
    data: file.endsWith('.json') ? 'project-json' : 'plaintext',
  }
  return byTab[tabOf(file)]
}

/** The first bytes of a binary file as text: offset and sixteen bytes a line. */
export function hexDump(bytes: Uint8Array, limit = 4096): string {
  const lines: string[] = []
  const end = Math.min(bytes.length, limit)
  for (let at = 0; at < end; at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, end))]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex}`)
  }
  if (end < bytes.length) lines.push(`… ${bytes.length - end} more bytes`)
  return lines.join('\n')
}

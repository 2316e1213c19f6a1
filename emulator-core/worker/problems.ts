/** Problems: the diagnostics of a build as the page lists them, by file and with lines. */
import type { Built } from './build.ts'
import type { Problem } from './protocol.ts'
import { toProblem } from './studio.ts'

/** Every file that diagnostics may point into has a list, empty when nothing is wrong with it. */
export function problemsByFile(built: Built): Map<string, Problem[]> {
  const byFile = new Map<string, Problem[]>()
  for (const file of built.sources.keys()) byFile.set(file, [])
  for (const d of built.diagnostics) {
    const list = byFile.get(d.at.file) ?? []
    list.push(toProblem(d, built.sources))
    byFile.set(d.at.file, list)
  }
  return byFile
}

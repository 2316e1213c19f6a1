/** `import`: a report of the real monitoring tool, as partitions and contexts. */
import { importReport } from '../../languages/monitor/import-report.ts'
import type { ImportedContext, MonitorLayout } from '../../languages/monitor/import-report.ts'
import { formatDiagnostic, Source } from '../../languages/text/source.ts'
import { hasErrors } from '../../sim/diagnostics.ts'
import { parseArguments, UsageError } from './arguments.ts'
import { readNamed } from './files.ts'
import { describeDiagnostic } from './run.ts'

export function importCommand(words: readonly string[]): number {
  const args = parseArguments(words, ['--json'], [])
  const [file] = args.positional
  if (file === undefined || args.positional.length > 1)
    throw new UsageError('import needs one file')
  const text = readNamed(file).toString('utf8')
  const { layout, diagnostics } = importReport(text, file)
  const sources = new Map([[file, new Source(file, text)]])
  if (args.flags.has('--json')) {
    const described = diagnostics.map((d) => describeDiagnostic({ sources }, d))
    process.stdout.write(`${JSON.stringify({ ...layout, diagnostics: described })}\n`)
  } else {
    for (const d of diagnostics) process.stderr.write(`${formatDiagnostic(d, sources)}\n`)
    if (layout) process.stdout.write(layoutText(layout))
  }
  return hasErrors(diagnostics) ? 2 : 0
}

function layoutText({ devices }: MonitorLayout): string {
  const lines: string[] = []
  for (const { name, partitions } of devices) {
    lines.push(name)
    for (const { index, startColumn, columns, contexts } of partitions) {
      const last = startColumn + columns - 1
      lines.push(`  partition ${index}: columns ${startColumn} to ${last}`)
      for (const context of contexts) lines.push(`    ${contextText(context)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function contextText({ id, pid, process, status, ...rest }: ImportedContext): string {
  const counted = Object.entries(rest).map(([key, value]) => `${key} ${value}`)
  const who = [pid === undefined ? '' : `pid ${pid}`, process ?? '', status ?? '']
  return [`context ${id}`, ...who, ...counted].filter((word) => word !== '').join('  ')
}

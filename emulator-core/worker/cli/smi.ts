/** `smi`: a project to its end, and then what the monitoring tool says about the device. */
import {
  examine,
  report,
  reportNames,
  reportsAsJson,
  reportsAsText,
} from '../../machine/examine.ts'
import type { ReportName } from '../../machine/examine.ts'
import { functionOfVf } from '../../device/functions.ts'
import { Machine } from '../../machine/machine.ts'
import { buildProject } from '../build.ts'
import { parseArguments, UsageError, valueOf } from './arguments.ts'
import { deviceOption, readFolder } from './files.ts'
import { maxCyclesOf, reportErrors, runToEnd } from './run.ts'

const allReports = 'all'

export function smiCommand(words: readonly string[]): number {
  const args = parseArguments(words, ['--json'], ['--report', '--device', '--vf'])
  const [folder] = args.positional
  if (folder === undefined || args.positional.length > 1)
    throw new UsageError('smi needs one folder')
  const names = namesOf(args.values.get('--report') ?? [allReports])
  const vf = valueOf(args, '--vf')
  if (vf !== undefined && !/^\d+$/.test(vf)) throw new UsageError('--vf needs a number')
  const json = args.flags.has('--json')
  const device = deviceOption(valueOf(args, '--device'))
  const built = buildProject(readFolder(folder), device ? { device } : {})
  if (!built.pkg) return reportErrors(built, json)
  const machine = new Machine(built.pkg, { traceCapacity: 1 << 12 })
  runToEnd(machine, maxCyclesOf(machine))
  const answers = examine(machine, vf === undefined ? undefined : functionOfVf(Number(vf)))
  const reports = names.map((name) => report(name, answers))
  process.stdout.write(
    json ? `${JSON.stringify(reportsAsJson(reports))}\n` : reportsAsText(reports),
  )
  return 0
}

function namesOf(words: readonly string[]): readonly ReportName[] {
  return words.flatMap((word) => {
    if (word === allReports) return reportNames
    const name = reportNames.find((known) => known === word)
    if (name) return [name]
    throw new UsageError(`unknown report '${word}'; there are ${reportNames.join(', ')} and all`)
  })
}

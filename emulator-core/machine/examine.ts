/** Examine: the monitoring tool run on a machine, as a process of root that comes and goes between two moments. */
import { toolThread } from '../driver/threads.ts'
import type { Answers } from '../runtime/smi/answers.ts'
import { ask } from '../runtime/smi/answers.ts'
import type { Machine } from './machine.ts'

export { report, reportNames, reportsAsJson, type ReportName } from '../runtime/smi/reports.ts'
export { reportsAsText } from '../runtime/smi/text.ts'

/** Asks a device function, or the first one that answers queries; the machine stays as it is. */
export function examine(machine: Machine, fn?: number): Answers {
  const { driver, facts } = machine.parts
  const { kinds } = facts.functions
  const up = new Set(driver.inspectFiles().map((file) => file.fn))
  const first = kinds.findIndex((kind, index) => kind !== 'pf' && up.has(index))
  return machine.aside((advance) =>
    ask(driver, fn ?? Math.max(0, first), () => advance(() => !driver.inKernel(toolThread))),
  )
}

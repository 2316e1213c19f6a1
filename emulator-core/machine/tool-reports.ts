/** Tool reports: what the monitoring tool prints of a machine at rest, as text and as JSON. */
import { report, reportNames, reportsAsJson } from '../runtime/smi/reports.ts'
import { reportsAsText } from '../runtime/smi/text.ts'
import { examine } from './examine.ts'
import type { Machine } from './machine.ts'

/** Every report of a device function, below 0 of the first that answers; the machine is afterwards as it was. */
export function toolReports(machine: Machine, fn: number): { text: string; json: string } {
  const answers = examine(machine, fn < 0 ? undefined : fn)
  const reports = reportNames.map((name) => report(name, answers))
  return {
    text: reportsAsText(reports),
    json: JSON.stringify(reportsAsJson(reports), undefined, 2),
  }
}

/** Groups of jobs that an assembler keeps on one page, in the order in which it places them. */
import type { ControlRules } from '../../../artifacts/control-code.ts'
import type { FoundJob } from './page.ts'

/**
 * Each job with its barrier partners and the jobs it launches. Barriers are those of one page: numbers are not
 * shared between pages of a scope.
 */
export function groupsOf(jobs: readonly FoundJob[], rules: ControlRules): FoundJob[][] {
  const placed = new Set<FoundJob>()
  const groups: FoundJob[][] = []
  for (const job of jobs) {
    if (placed.has(job)) continue
    const group = new Set<FoundJob>()
    gather(job, jobs, group, new Set(), rules)
    for (const member of group) placed.add(member)
    groups.push([...group])
  }
  return groups
}

function gather(
  job: FoundJob,
  jobs: readonly FoundJob[],
  group: Set<FoundJob>,
  open: Set<FoundJob>,
  rules: ControlRules,
): void {
  open.add(job)
  group.add(job)
  const barriers = [...job.barriers]
  for (let i = 0; i < barriers.length; i++) {
    for (const partner of jobs) {
      if (!partner.barriers.includes(barriers[i])) continue
      for (const more of partner.barriers) if (!barriers.includes(more)) barriers.push(more)
      group.add(partner)
    }
  }
  const launched = job.launches.flatMap((n) => jobs.find((j) => j.number === n) ?? [])
  for (const next of launched) group.add(next)
  if (rules === '2025') return
  for (const next of launched) if (!open.has(next)) gather(next, jobs, group, open, rules)
}

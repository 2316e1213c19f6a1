/**
 * Boot story: the steps that brought the device up, down and back, each with what went in, how it came out, what the
 * kernel log says, and wrong versions of it that a person can try. The steps are the driver's own record.
 */
import type { Machine } from '../machine/machine.ts'
import type { BootStep } from './layout-protocol.ts'

type Recorded = ReturnType<Machine['parts']['driver']['inspectBoot']>[number]
type Wrong = BootStep['wrong'][number]

const verdicts: Readonly<Record<Recorded['verdict'], BootStep['verdict']>> = {
  ok: 'passed',
  failed: 'failed',
  warned: 'failed',
  running: 'under way',
  skipped: 'skipped',
}

const firmware = (title: string, field: string, value: unknown, mismatch: string): Wrong => ({
  title,
  boot: JSON.stringify({ firmware: { [field]: value } }),
  mismatch,
})

/** Wrong versions by kind of step; the driver's answer to each is in the sheet's error table. */
const wrongByKind: Readonly<Partial<Record<string, readonly Wrong[]>>> = {
  pci: [
    {
      title: 'An unlisted revision',
      boot: JSON.stringify({ pci: { revision: 0x99 } }),
      mismatch: '-ENODEV: the pair of device and revision is in no table',
    },
  ],
  'firmware npu': [firmware('No npu image', 'npu', 'missing', '-ENOENT: the file is not there')],
  'firmware cert': [
    firmware('No cert image', 'cert', 'missing', '-ENOENT: the file is not there'),
    firmware('A cert image too large', 'cert', 40_000, '-EINVAL: more than 32 KiB + 256 B'),
  ],
  smu: [
    firmware('The SMU refuses', 'smu', 'refuses', '-EINVAL: it answers something other than 1'),
    firmware('The SMU is silent', 'smu', 'silent', '-ETIMEDOUT: no answer within a second'),
  ],
  psp: [
    firmware('The PSP refuses', 'psp', 'refuses', '-EIO: it answers an error'),
    firmware('The PSP is silent', 'psp', 'silent', '-ETIMEDOUT: never ready within a second'),
  ],
  valid: [firmware('Never valid', 'valid', false, '-ETIMEDOUT: the word stays 0 for a second')],
  protocol: [
    firmware('Protocol 5.0', 'protocol', '5.0', '-EOPNOTSUPP: no row of the table has major 5'),
  ],
  mailbox: [
    firmware('A silent mailbox', 'mailbox', 'silent', '-ETIME: no answer within five seconds'),
  ],
  hostQueue: [
    firmware('Host queue 2.0', 'hostQueue', '2.0', '-EOPNOTSUPP: no row of the table has major 2'),
  ],
}

function wrongOf({ kind, title }: Recorded): readonly Wrong[] {
  const lower = title.toLowerCase()
  const key =
    kind === 'firmware'
      ? `firmware ${lower.includes('cert') ? 'cert' : 'npu'}`
      : kind === 'message' && lower.includes('cert')
        ? 'hostQueue'
        : kind
  return wrongByKind[key] ?? []
}

/** Every step of the record, in order; a repeated kind offers its wrong versions once. */
export function bootSteps(machine: Machine): {
  readonly boot: readonly BootStep[]
  readonly bootRefusal?: string
} {
  const list = machine.parts.driver.inspectBoot()
  const offered = new Set<string>()
  const boot = list.map((step, i): BootStep => {
    const wrong = wrongOf(step).filter(({ title }) => !offered.has(title))
    for (const { title } of wrong) offered.add(title)
    return {
      id: String(i),
      sequence: step.sequence,
      device: step.device,
      title: step.title,
      verdict: verdicts[step.verdict],
      isWarning: step.verdict === 'warned',
      begin: step.begin,
      ...(step.end === undefined ? {} : { end: step.end }),
      rows: step.inputs.map(([name, value]) => ({ name, value })),
      ...(step.errno === undefined ? {} : { errno: step.errno }),
      ...(step.log === undefined ? {} : { log: step.log }),
      wrong,
    }
  })
  // A refusal that a later boot has made good is a story of the past.
  const ready = list.findLastIndex(({ kind, verdict }) => kind === 'ready' && verdict === 'ok')
  const failed = list.slice(ready + 1).findLast(({ verdict }) => verdict === 'failed')
  return { boot, ...(failed?.log === undefined ? {} : { bootRefusal: failed.log }) }
}

/** Projects of a host program with control code alone, for tests of what several contexts do to each other. */
import { Machine } from '../../machine/machine.ts'
import type { HostStop, StatusName } from '../../runtime/outcome.ts'
import { buildProject } from '../build.ts'
import { drain } from '../pump.ts'

/** Code that sleeps so many times so many microseconds, with a preemption point behind each sleep. */
export function sleeper(times: number, us: number, register = 0x18000): string {
  const page = (i: number): string[] => [
    `START_JOB ${2 * i + 1}`,
    `SLEEP ${us}`,
    `WRITE_32 ${register}, ${i + 1}`,
    'END_JOB',
    '.eop',
    `PREEMPT_${i}`,
  ]
  return Array.from({ length: times }, (_, i) => page(i))
    .flat()
    .filter((line) => !line.startsWith('PREEMPT_') && (times > 1 || line !== '.eop'))
    .concat('EOF', '')
    .join('\n')
}

/** A machine for a host program on aie4; fails the test when it does not build. */
export function hostMachine(
  steps: readonly unknown[],
  files: Readonly<Record<string, string>>,
): Machine {
  const { pkg, diagnostics } = buildProject(
    new Map([
      ['project.json', JSON.stringify({ title: 'Steps', device: 'aie4', host: 'host.json' })],
      ['host.json', JSON.stringify({ steps })],
      ...Object.entries(files),
    ]),
  )
  const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)
  if (!pkg || errors.length > 0) throw new Error(errors.join('\n'))
  return new Machine(pkg)
}

/** Runs a host program to its end. */
export function runHost(
  steps: readonly unknown[],
  files: Readonly<Record<string, string>>,
): { machine: Machine; status: StatusName; stop: HostStop | undefined } {
  const machine = hostMachine(steps, files)
  drain(machine.run(1e9))
  return {
    machine,
    status: machine.parts.runtime.status,
    stop: machine.parts.runtime.stop(),
  }
}

/**
 * Boot story: the steps of bringing the device up, each with what went in, how it came out, and what a mismatch would
 * have answered. The order is the driver's; verdicts and times come from the trace.
 */
import { messageName } from '../device/abi/mailbox.ts'
import type { Machine } from '../machine/machine.ts'
import { DriverEvent, KernelCall } from '../machine/vocabulary.ts'
import type { BootStep } from './layout-protocol.ts'

/** The bring-up as far as it is recorded. */
export function bootSteps(machine: Machine): {
  readonly boot: readonly BootStep[]
  readonly bootRefusal?: string
} {
  const { sim, driver } = machine.parts
  const { trace } = sim
  const steps: BootStep[] = []
  let refusal: string | undefined
  for (let i = trace.first; i < trace.end; i++) {
    const kind = trace.wordOf(i, 0)
    const a = trace.wordOf(i, 2)
    if (kind === DriverEvent.callEnd && a === KernelCall.boot) {
      if (trace.wordOf(i, 3) < 0) refusal = driver.inspectRefusals()[0]?.reason
      break
    }
    if (kind !== DriverEvent.bringUp) continue
    const tick = trace.tickOf(i)
    const opcode = trace.wordOf(i, 3)
    steps.push({
      id: `${a}`,
      title: opcode === 0 ? `Step ${a + 1}` : messageName(opcode),
      verdict: tick <= machine.now ? 'passed' : 'to come',
      tick,
      rows: [{ name: 'message', value: `0x${opcode.toString(16)}` }],
      mismatch: '',
      wrong: [],
    })
  }
  return { boot: steps, ...(refusal === undefined ? {} : { bootRefusal: refusal }) }
}

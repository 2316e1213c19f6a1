/** Narration: the last things that happened and the next one, one sentence each. */
import { ArrayEvent, CertEvent } from '../machine/vocabulary.ts'
import type { Machine } from '../machine/machine.ts'
import type { Narration } from './protocol.ts'
import { sentence } from './records.ts'

/** Records that say too little to be told. */
const quiet = new Set<number>([
  ArrayEvent.lockChange,
  ArrayEvent.waitEnd,
  CertEvent.waitEnd,
  CertEvent.dmaDescriptor,
])
const told = 3
const searched = 400

/** Up to three past sentences, the last being now, and one that comes next. */
export function narrate(machine: Machine): { lines: Narration[]; current: number } {
  const { trace } = machine.parts.sim
  const lines: Narration[] = []
  const line = (i: number): Narration => {
    const record = trace.record(i)
    return { tick: record.tick, text: sentence(machine, record) }
  }
  for (
    let i = trace.position - 1;
    i >= Math.max(trace.first, trace.position - searched) && lines.length < told;
    i--
  ) {
    if (!quiet.has(trace.wordOf(i, 0))) lines.unshift(line(i))
  }
  const current = lines.length - 1
  for (let i = trace.position; i < Math.min(trace.end, trace.position + searched); i++) {
    if (quiet.has(trace.wordOf(i, 0))) continue
    lines.push(line(i))
    break
  }
  return { lines, current }
}

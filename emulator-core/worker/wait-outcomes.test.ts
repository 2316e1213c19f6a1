import { describe, expect, it } from 'vitest'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'
import { explainStop } from './stops.ts'

const job = (line: string) => `START_JOB 0\n  ${line}\nEND_JOB\nEOF\n`

/** Runs one command of uC 0 and waits for it to end in a state. */
function outcome(line: string, state?: string, tiles = 4, more: Record<string, string> = {}) {
  const control = { 0: 'a.asm', ...Object.fromEntries(Object.keys(more).map((uc) => [uc, uc])) }
  const steps = [
    { open: { client: 'c' } },
    { createHwctx: { client: 'c', hwctx: 'h', numTiles: tiles } },
    { exec: { hwctx: 'h', run: 'r', control } },
    { wait: { run: 'r', timeoutMs: 0, ...(state === undefined ? {} : { state }) } },
  ]
  const files = {
    'project.json': JSON.stringify({ device: 'aie4', host: 'host.json' }),
    'host.json': JSON.stringify({ steps }),
    'a.asm': job(line),
    ...more,
  }
  const machine = new Machine(buildProject(new Map(Object.entries(files))).pkg!)
  const stop = drain(machine.run(1e11))
  const status = stop.kind === 'end' ? machine.parts.runtime.status : stop.kind
  return [status, explainStop(machine, stop).reason]
}

const hang = 'POLL_32 0x200000, 5'
const unknown = 'UC_DMA_MASK_POLL_EXT 0, 1, 2, 3'

describe('a wait', () => {
  it('that names no state leaves hangs and faults to the machine', () => {
    expect(outcome(hang)[0]).toBe('spinning')
    expect(outcome(unknown)[0]).toBe('fault')
  })

  it('that names the state a command ends in goes on', () => {
    expect(outcome(hang, 'timeout')[0]).toBe('ok')
    expect(outcome(unknown, 'error')[0]).toBe('ok')
  })

  it('that names another state ends the program, completed as well, and says which it was', () => {
    const timeout = ['mismatch', "The run 'r' ended as timeout."]
    expect(outcome(hang, 'completed')).toEqual(timeout)
    expect(outcome(hang, 'error')).toEqual(timeout)
    const error = "The run 'r' ended as error, detail 3: uC 0 met an operation that it cannot run."
    expect(outcome(unknown, 'completed')).toEqual(['mismatch', error])
  })

  it('for a share of a uC that the context lacks says whose it is', () => {
    const more = { 4: `.attach_to_group 4\n${job('NOP')}` }
    expect(outcome('NOP', undefined, 4, more)).toEqual([
      'fault',
      expect.stringContaining('a share for uC 4, which its context does not have'),
    ])
  })
})

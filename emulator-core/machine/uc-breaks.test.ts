import { describe, expect, it } from 'vitest'
import { PartKind, partOf } from '../device/parts.ts'
import { buildProject } from '../worker/build.ts'
import { readFolder } from '../worker/cli/files.ts'
import { drain } from '../worker/pump.ts'
import { Machine } from './machine.ts'
import type { UcBreaks } from '../firmware/cert/breaks.ts'
import { barrierPlace, jobPlace } from './vocabulary.ts'

/** Runs the example of three controllers to its first stop with these on uC 2. */
function stopped(breaks: UcBreaks) {
  const { pkg } = buildProject(readFolder('public/examples/three-controllers'))
  const machine = new Machine(pkg!)
  machine.setBreakpoints(new Map(), new Map(), new Set(), new Map([[2, breaks]]))
  const stop = drain(machine.run(1e7))
  const { job, jobs } = machine.parts.cert.position(2)
  return { machine, stop, mnemonic: jobs.find((j) => j.id === job)?.mnemonic, job }
}

describe('a machine stops one of its uCs', () => {
  const part = partOf(PartKind.uc, 2)

  it.each<[string, UcBreaks, string, number]>([
    ['the start of a job', { jobStarts: new Set([jobPlace(0, 1)]) }, 'START_JOB', 1],
    ['the end of a job', { jobEnds: new Set([jobPlace(0, 0)]) }, 'END_JOB', 0],
    ['a local barrier', { barriers: new Set([barrierPlace('local', 0)]) }, 'LOCAL_BARRIER', 0],
    ['a remote barrier', { barriers: new Set([barrierPlace('remote', 0)]) }, 'REMOTE_BARRIER', 2],
  ])('before %s', (_, breaks, mnemonic, job) => {
    const { stop, ...found } = stopped(breaks)
    expect(stop).toMatchObject({ kind: 'breakpoint', part })
    expect([found.mnemonic, found.job]).toEqual([mnemonic, job])
  })

  it('and goes on to its end when it is run again', () => {
    const { machine } = stopped({ jobStarts: new Set([jobPlace(0, 1)]) })
    expect(drain(machine.run(1e7)).kind).toBe('end')
    expect(machine.parts.runtime.status).toBe('ok')
  })
})

import { describe, expect, it } from 'vitest'
import {
  CoreColumn,
  State,
  ThreadColumn,
  ThreadState,
  UcColumn,
} from '../../emulator-core/worker/frame.ts'
import { frameAt } from '../canvas/test-kit/moment.ts'
import { makeScene } from '../canvas/test-kit/scene.ts'
import { momentOf, sameStanding, standingOf } from './standing.ts'

const made = makeScene(1, 2)
const place = { pc: 0, file: 'a.cc', line: 7, text: '', vector: false }
const scene = {
  ...made,
  cores: made.cores.map((core) => ({ ...core, places: [place] })),
  ucs: made.ucs.map((uc) => ({ ...uc, file: 'uc.asm' })),
}

function frameWith(states: readonly number[], ucLine: number, ucState: number, tokens = -1) {
  const frame = frameAt(scene, 100)
  scene.cores.forEach((_, index) => {
    const row = frame.layout.cores + index * CoreColumn.size
    frame.words[row + CoreColumn.state] = states[index] ?? State.idle
    frame.words[row + CoreColumn.place] = 0
  })
  scene.ucs.forEach((_, index) => {
    const row = frame.layout.ucs + index * UcColumn.size
    frame.words[row + UcColumn.line] = index === 0 ? ucLine : 0
    frame.words[row + UcColumn.state] = ucState
    frame.words[row + UcColumn.tokens] = tokens
  })
  frame.words[frame.layout.threads + ThreadColumn.state] = ThreadState.gone
  return frame
}

describe('where engines stand', () => {
  it('counts running and waiting engines of one line together', () => {
    const frame = frameWith([State.run, State.lock, State.stream, State.done], 3, State.token)
    expect(standingOf(scene, frame)).toEqual([
      {
        file: 'a.cc',
        line: 7,
        running: 1,
        waiting: 2,
        parts: scene.cores.slice(0, 3).map((core) => core.part),
      },
      { file: 'uc.asm', line: 3, running: 0, waiting: 1, parts: [scene.ucs[0]?.part] },
    ])
  })

  it('says how many tokens have come where a uC waits for some', () => {
    const [there] = standingOf(scene, frameWith([], 3, State.token, 1))
    expect(there?.tokens).toBe(1)
    const [elsewhere] = standingOf(scene, frameWith([], 3, State.run, 1))
    expect(elsewhere).not.toHaveProperty('tokens')
  })

  it('has every host thread at its own step, waiting where it is in the kernel', () => {
    const two = { ...scene, threads: 2 }
    const frame = frameAt(two, 100)
    const row = frame.layout.threads
    frame.words.set([ThreadState.user, 1, ThreadState.parked, 4], row)
    const found = standingOf(two, frame).filter(({ file }) => file === 'host.hs')
    expect(found).toEqual([
      { file: 'host.hs', line: 3, running: 1, waiting: 0, parts: ['thread0'] },
      { file: 'host.hs', line: 8, running: 0, waiting: 1, parts: ['thread1'] },
    ])
  })

  it('leaves out who does nothing', () => {
    expect(standingOf(scene, frameWith([], 0, State.idle))).toEqual([])
  })

  it('keeps the old list while nothing changes', () => {
    const once = standingOf(scene, frameWith([State.run], 3, State.token))
    const again = standingOf(scene, frameWith([State.run], 3, State.token))
    const later = standingOf(scene, frameWith([State.lock], 3, State.token))
    expect(sameStanding(once, again)).toBe(true)
    expect(sameStanding(once, later)).toBe(false)
  })
})

describe('the moment', () => {
  it('is the header of the frame', () => {
    const frame = frameWith([], 0, State.idle)
    expect(momentOf(frame).tick - momentOf(frame).origin).toBe(100)
  })
})

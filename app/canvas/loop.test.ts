import { describe, expect, it } from 'vitest'
import { createLoop } from './loop.ts'

function page() {
  const waiting: ((time: number) => void)[] = []
  const shown: (() => void)[] = []
  const state = { hidden: false }
  const loop = createLoop({
    request: (callback) => waiting.push(callback),
    isHidden: () => state.hidden,
    onShown: (callback) => shown.push(callback),
  })
  const tick = () => {
    const due = waiting.splice(0)
    for (const callback of due) callback(0)
    return due.length
  }
  return { loop, tick, state, show: () => shown.forEach((callback) => callback()) }
}

describe('the frame loop', () => {
  it('asks for one animation frame however many layers are dirty', () => {
    const { loop, tick } = page()
    let painted = 0
    const one = loop.add(() => painted++)
    const two = loop.add(() => painted++)
    one.mark()
    one.mark()
    two.mark()
    expect(tick()).toBe(1)
    expect(painted).toBe(2)
  })

  it('stops when nothing is dirty', () => {
    const { loop, tick } = page()
    loop.add(() => undefined).mark()
    expect(tick()).toBe(1)
    expect(tick()).toBe(0)
  })

  it('goes on while a painting marks itself again', () => {
    const { loop, tick } = page()
    let left = 3
    const painting = loop.add(() => {
      if (--left > 0) painting.mark()
    })
    painting.mark()
    expect([tick(), tick(), tick(), tick()]).toEqual([1, 1, 1, 0])
  })

  it('paints nothing while hidden and catches up when shown', () => {
    const { loop, tick, state, show } = page()
    let painted = 0
    const painting = loop.add(() => painted++)
    state.hidden = true
    painting.mark()
    expect(tick()).toBe(0)
    state.hidden = false
    show()
    tick()
    expect(painted).toBe(1)
  })

  it('forgets a painting that ended', () => {
    const { loop, tick } = page()
    let painted = 0
    const painting = loop.add(() => painted++)
    painting.mark()
    painting.end()
    tick()
    expect(painted).toBe(0)
  })
})

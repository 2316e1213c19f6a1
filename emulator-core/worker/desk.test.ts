import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import { Desk } from './desk.ts'
import { frameLayout, Header, viewFrame } from './frame.ts'
import type { FromWorker, Notice, Replies, Request, RequestName, Requests } from './protocol.ts'

type Files = Record<string, string | Uint8Array>
type NoticeOf<N extends Notice['notice']> = Extract<Notice, { notice: N }>

const example = (name: string): Files => Object.fromEntries(readFolder(`public/examples/${name}`))
const vectorAdd = example('vector-add')
const double = example('double')

const design = String(vectorAdd['design.mlir'])
/** A core that never ends its first block. */
const endless: Files = {
  ...vectorAdd,
  'design.mlir': design.replace(
    'aie.objectfifo.release @left',
    'scf.for %k = %c0 to %forever step %c1 {}\n$&',
  ),
}
const broken: Files = {
  ...vectorAdd,
  'design.mlir': design.replace('aie.core(%adder)', 'aie.core('),
}

/** A page without pixels: asks, counts replies, gives frame buffers back while it is told to. */
class Page {
  givesBack = true
  readonly sent: FromWorker[] = []
  readonly desk: Desk
  private nextId = 1

  constructor() {
    this.desk = new Desk((message, transfer) => {
      this.sent.push(message)
      if ('notice' in message && message.notice === 'frame') {
        expect(transfer).toEqual([message.frame])
        if (this.givesBack) queueMicrotask(() => this.desk.credit(message.frame.slice(0)))
      }
    }, setImmediate)
  }

  /** The body of the one reply; fails when there is none, or more. */
  async ask<N extends RequestName>(name: N, body: Requests[N]): Promise<Replies[N]> {
    const { id, served } = this.post(name, body)
    await served
    const reply = this.replyTo(id)
    if (reply.name === 'failed') throw new Error(reply.message)
    expect(reply.name).toBe(name)
    return (reply as unknown as { body: Replies[N] }).body
  }

  post<N extends RequestName>(name: N, body: Requests[N]): { id: number; served: Promise<void> } {
    const id = this.nextId++
    return { id, served: this.desk.serve({ id, name, body } as Request) }
  }

  replyTo(id: number) {
    const replies = this.sent.filter((m) => 'id' in m && m.id === id)
    expect(replies).toHaveLength(1)
    return replies[0] as Extract<FromWorker, { id: number }>
  }

  notices<N extends Notice['notice']>(name: N): NoticeOf<N>[] {
    return this.sent.filter((m): m is NoticeOf<N> => 'notice' in m && m.notice === name)
  }

  open(files: Files) {
    return this.ask('open', { files, name: 'test' })
  }

  /** Tick of the machine. */
  async tick(): Promise<number> {
    return (await this.ask('checksum', {})).tick
  }
}

async function opened(files: Files): Promise<Page> {
  const page = new Page()
  await page.open(files)
  return page
}

/** Lets messages and slices of the pump through. */
const turn = () => new Promise<void>((next) => setImmediate(next))

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}

describe('the checksum', () => {
  it('is told of a machine at rest only, and then of the moment it rests at', async () => {
    const page = await opened(double)
    const start = await page.ask('checksum', {})
    const { id, served } = page.post('run', {})
    const isDone = () => page.sent.some((m) => 'id' in m && m.id === id)
    const seen = new Set<string>()
    while (!isDone()) {
      seen.add((await page.ask('checksum', {})).checksum)
      await turn()
    }
    await served
    const end = await page.ask('checksum', {})
    expect(end.checksum).toMatch(/^[0-9a-f]{8}$/)
    expect(seen).toContain('')
    expect([...seen].filter((s) => s !== '' && s !== start.checksum && s !== end.checksum)).toEqual(
      [],
    )
  })
})

describe('opening a project', () => {
  it('gives problems, a scene, a state and a frame that fits the scene', async () => {
    const page = await opened(vectorAdd)
    expect(page.notices('checked').map((n) => [n.file, n.problems.length])).toContainEqual([
      'design.mlir',
      0,
    ])
    const [{ scene }] = page.notices('scene') as [NoticeOf<'scene'>]
    expect(page.notices('state').at(-1)).toMatchObject({ running: false, stop: { kind: 'ready' } })
    const layout = frameLayout({
      cores: scene.cores.length,
      channels: scene.channels.length,
      cells: scene.cells.length,
      locks: scene.locks.length,
      routes: scene.routes.length,
      ucs: scene.ucs.length,
      bos: scene.bos.length,
      queueSlots: scene.device.queueSlots,
      threads: scene.threads,
    })
    const { frame } = page.notices('frame').at(-1)!
    expect(frame.byteLength).toBe(layout.sizeBytes)
    expect(viewFrame(frame, layout).header[Header.tick]).toBe(await page.tick())
  })

  it('with mistakes says so, and what needs a machine is refused in words', async () => {
    const page = await opened(vectorAdd)
    expect(await page.open(broken)).toEqual({ ok: false })
    expect(
      page.notices('checked').some((n) => n.problems.some((p) => p.severity === 'error')),
    ).toBe(true)
    for (const name of ['run', 'reverse'] as const) {
      await expect(page.ask(name, {})).rejects.toThrow('does not build')
    }
    await expect(page.ask('seek', { tick: 5 })).rejects.toThrow('does not build')
    await expect(page.ask('step', { kind: 'cycle', direction: 'forward' })).rejects.toThrow(
      'does not build',
    )
    expect(await page.ask('slices', { from: 0, to: 9, lanes: ['host'] })).toMatchObject({
      lanes: [],
    })
    expect(await page.ask('events', { from: 0, count: 5, filter: '' })).toMatchObject({
      rows: [],
      total: 0,
    })
    expect(await page.ask('narration', { around: 0 })).toEqual({ lines: [], current: -1 })
    expect(
      (await page.ask('memory', { space: 'tile[0,2]', address: 0, length: 4 })).bytes,
    ).toHaveLength(0)
    expect(page.notices('bug')).toEqual([])
  })

  it('twice at once ends with the second one', async () => {
    const page = new Page()
    const first = page.post('open', { files: double, name: 'first' })
    const second = page.post('open', { files: vectorAdd, name: 'second' })
    await Promise.all([first.served, second.served])
    for (const { id } of [first, second])
      expect(page.replyTo(id)).toMatchObject({ body: { ok: true } })
    expect(page.notices('scene').at(-1)!.scene.project).toBe('second')
  })

  it('that never ends comes to rest all the same', async () => {
    const page = await opened(endless)
    expect(page.notices('state').at(-1)!.running).toBe(false)
  })
})

describe('a build with mistakes', () => {
  it('leaves the machine of the last good one to be run', async () => {
    const page = await opened(vectorAdd)
    const before = await page.ask('checksum', {})
    await page.ask('setSource', {
      file: 'design.mlir',
      text: String(broken['design.mlir']),
      version: 7,
    })
    const checked = page.notices('checked').filter((n) => n.version === 7)
    expect(checked.map((n) => n.file)).toEqual(['design.mlir'])
    expect(checked[0]!.problems[0]).toMatchObject({
      severity: 'error',
      from: { file: 'design.mlir' },
    })
    expect(await page.ask('build', {})).toEqual({ ok: false })
    expect(await page.ask('checksum', {})).toEqual(before)
    expect((await page.ask('run', {})).stop.kind).toBe('end')
  })

  it('that is put right makes a new machine at its first moment', async () => {
    const page = await opened(vectorAdd)
    await page.ask('setSource', { file: 'design.mlir', text: '', version: 1 })
    expect(await page.ask('build', {})).toEqual({ ok: false })
    await page.ask('setSource', { file: 'design.mlir', text: design, version: 2 })
    expect(await page.ask('build', {})).toEqual({ ok: true })
    expect(await page.tick()).toBe(0)
  })
})

describe('running', () => {
  it('reaches the end with results, and stays there', async () => {
    const page = await opened(vectorAdd)
    expect((await page.ask('run', {})).stop.kind).toBe('end')
    expect(page.notices('results').at(-1)).toMatchObject({
      status: 'ok',
      results: [{ name: 'c', elements: 256, equal: 256 }],
    })
    const end = await page.tick()
    for (const kind of ['event', 'cycle', 'bundle', 'line', 'operation', 'hostCall'] as const) {
      await page.ask('step', { kind, direction: 'forward' })
      expect(await page.tick(), kind).toBe(end)
    }
    expect((await page.ask('run', {})).stop.kind).toBe('end')
  })

  it('an endless kernel goes on until a pause, which is answered', async () => {
    const page = await opened(endless)
    const from = await page.tick()
    const run = page.post('run', {})
    await until(() => page.notices('state').at(-1)!.running)
    const frames = page.notices('frame').length
    await until(() => page.notices('frame').length > frames + 2)
    await page.ask('pause', {})
    await run.served
    expect(page.replyTo(run.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
    expect(await page.tick()).toBeGreaterThan(from)
  })

  it('is paused by a pause that comes at once', async () => {
    const page = await opened(endless)
    const run = page.post('run', {})
    const pauses = [page.post('pause', {}), page.post('pause', {})]
    await Promise.all([run.served, ...pauses.map((p) => p.served)])
    expect(page.replyTo(run.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
    for (const { id } of pauses) page.replyTo(id)
  })

  it('while running is the newer wish, and both are answered', async () => {
    const page = await opened(endless)
    const first = page.post('run', {})
    await until(() => page.notices('state').at(-1)!.running)
    const second = page.post('run', { to: (await page.tick()) + 1_000_000_000 })
    await first.served
    expect(page.replyTo(first.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
    await page.ask('pause', {})
    await second.served
    expect(page.replyTo(second.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
  })

  it('takes up another speed on the way', async () => {
    const page = await opened(endless)
    const run = page.post('run', {})
    await until(() => page.notices('state').at(-1)!.running)
    expect(await page.ask('speed', { cyclesPerSecond: 1000 })).toEqual({ cyclesPerSecond: 1000 })
    for (let i = 0; i < 20; i++) await turn()
    expect(page.notices('state').at(-1)!.running).toBe(true)
    await page.ask('pause', {})
    await run.served
    expect(page.replyTo(run.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
    expect(await page.ask('speed', { cyclesPerSecond: Number.NaN })).toEqual({ cyclesPerSecond: 0 })
  })

  it('ends at the moment asked for', async () => {
    const page = await opened(vectorAdd)
    await page.ask('seek', { tick: 0 })
    expect((await page.ask('run', { to: 12_345 })).stop.kind).toBe('goal')
    expect(await page.tick()).toBe(12_345)
  })

  it('shows no frame without a credit, and one for the moment of rest when one comes', async () => {
    const page = await opened(endless)
    page.givesBack = false
    const before = page.notices('frame').length
    const run = page.post('run', {})
    await until(() => page.notices('frame').length > before)
    for (let i = 0; i < 40; i++) await turn()
    await page.ask('pause', {})
    await run.served
    const held = page.notices('frame').slice(before)
    expect(held.length).toBeLessThanOrEqual(2)
    page.desk.credit(held[0]!.frame.slice(0))
    const last = page.notices('frame').at(-1)!
    expect(new Float64Array(last.frame, 0, Header.size)[Header.tick]).toBe(await page.tick())
    expect(new Float64Array(last.frame, 0, Header.size)[Header.running]).toBe(0)
  })

  it('stops at a breakpoint, there again backwards, and lines of nothing say why', async () => {
    const page = await opened(vectorAdd)
    const line = design.split('\n').findIndex((l) => l.includes('arith.addi')) + 1
    const file = 'design.mlir'
    const asked = [line, 1, 0, -3, 1e9, Number.NaN].map((l) => ({ file, line: l }))
    const { bound } = await page.ask('setBreakpoints', {
      breakpoints: [...asked, { file: 'nowhere.cc', line: 1 }],
    })
    expect(bound.map((b) => b.bound)).toEqual([true, false, false, false, false, false, false])
    for (const b of bound.slice(1)) expect(b.reason).toMatch(/\.$/)
    await page.ask('seek', { tick: 0 })
    const { stop } = await page.ask('run', {})
    expect(stop).toMatchObject({ kind: 'breakpoint', place: { file, line } })
    const first = await page.tick()
    await page.ask('run', {})
    expect(await page.tick()).toBeGreaterThanOrEqual(first)
    await page.ask('seek', { tick: first + 5000 })
    expect((await page.ask('reverse', {})).stop.kind).toBe('breakpoint')
  })
})

describe('steps and seeks', () => {
  it('add up: steps asked for in one go are all taken', async () => {
    const page = await opened(vectorAdd)
    const from = await page.tick()
    const steps = Array.from({ length: 5 }, () =>
      page.post('step', { kind: 'cycle', direction: 'forward' }),
    )
    await Promise.all(steps.map((s) => s.served))
    for (const { id } of steps)
      expect(page.replyTo(id)).toMatchObject({ body: { stop: { kind: 'goal' } } })
    expect(await page.tick()).toBe(from + 5)
  })

  it('while running end the run first', async () => {
    const page = await opened(endless)
    const run = page.post('run', {})
    await until(() => page.notices('state').at(-1)!.running)
    await page.ask('seek', { tick: 40 })
    expect(page.replyTo(run.id)).toMatchObject({ body: { stop: { kind: 'pause' } } })
    expect(await page.tick()).toBe(40)
  })

  it('of the selected part find its records only', async () => {
    const page = await opened(vectorAdd)
    await page.ask('seek', { tick: 0 })
    await page.ask('step', { kind: 'event', direction: 'forward', part: 'tile[0,2]' })
    const tick = await page.tick()
    const { rows } = await page.ask('events', { from: 0, count: 1e6, filter: 'tile[0,2]' })
    expect(tick).toBe(rows[0]!.tick)
  })

  it('to moments that are none, or beyond the end, end somewhere', async () => {
    const page = await opened(vectorAdd)
    await page.ask('run', {})
    const end = await page.tick()
    for (const [tick, there] of [
      [-5, 0],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, end],
      [1e18, end],
      [0.4, 0],
    ] as const) {
      await page.ask('seek', { tick })
      expect(await page.tick()).toBe(there)
    }
    await page.ask('step', { kind: 'cycle', direction: 'back' })
    expect(await page.tick()).toBe(0)
  })

  it('with a part that does not exist are steps of something that does', async () => {
    const page = await opened(vectorAdd)
    for (const part of ['tile[9,9].core', 'ucX', '', 'tile[0,0]']) {
      for (const kind of ['bundle', 'line', 'operation'] as const) {
        await page.ask('seek', { tick: 0 })
        expect(
          (await page.ask('step', { kind, direction: 'forward', part })).stop.kind,
          `${kind} ${part}`,
        ).toBe('goal')
        await page.ask('step', { kind, direction: 'back', part })
      }
    }
  })
})

describe('questions about what does not exist', () => {
  it('get an empty answer', async () => {
    const page = await opened(vectorAdd)
    for (const part of [
      '',
      'tile[9,9]',
      'tile[0,9].core',
      'tile[0,2].lock99',
      'tile[0,0].dma.mm2s9',
      'uc99',
      'bo77',
      'tile[0,2].x',
      'moon',
    ]) {
      expect((await page.ask('inspect', { part })).inspection, part).toBeUndefined()
    }
    for (const space of ['', 'tile[9,9]', 'tile[0,0]', 'tile[0,1].pm', 'bo9', 'moon']) {
      expect(
        (await page.ask('memory', { space, address: 0, length: 16 })).bytes,
        space,
      ).toHaveLength(0)
    }
    const { lanes } = await page.ask('slices', { from: 0, to: 1e9, lanes: ['moon', 'host'] })
    expect(lanes.map((l) => [l.lane, l.numbers.length > 0])).toEqual([
      ['moon', false],
      ['host', true],
    ])
  })

  it('give no bytes outside a memory', async () => {
    const page = await opened(vectorAdd)
    const count = async (address: number, length: number) =>
      (await page.ask('memory', { space: 'tile[0,2]', address, length })).bytes.length
    const size = await count(0, 1 << 20)
    expect(size).toBe(131_072)
    const ranges = [
      [size - 4, 16, 4],
      [size, 16, 0],
      [-8, 4, 4],
      [1e12, 4, 0],
      [0, -1, 0],
      [Number.NaN, 4, 0],
      [0, Number.NaN, 0],
    ] as const
    for (const [address, length, found] of ranges) expect(await count(address, length)).toBe(found)
  })
})

describe('clicks in any order', () => {
  it('get exactly one reply each, and the desk comes to rest', async () => {
    const page = await opened(vectorAdd)
    const tick = fc.integer({ min: -10, max: 60_000 })
    const kind = fc.constantFrom('event', 'cycle', 'bundle', 'line', 'operation', 'hostCall')
    const click = fc.oneof(
      fc.constant(['run', {}]),
      fc.record({ to: tick }).map((b) => ['run', b]),
      fc.constant(['pause', {}]),
      fc.constant(['reverse', {}]),
      fc.constant(['build', {}]),
      fc.record({ tick }).map((b) => ['seek', b]),
      fc.record({ kind, direction: fc.constantFrom('forward', 'back') }).map((b) => ['step', b]),
      fc.record({ cyclesPerSecond: fc.constantFrom(0, 10_000_000) }).map((b) => ['speed', b]),
      fc.constant(['inspect', { part: 'tile[0,2].core' }]),
      fc.constant(['narration', { around: 0 }]),
      fc.constant(['setBreakpoints', { breakpoints: [{ file: 'design.mlir', line: 30 }] }]),
    ) as fc.Arbitrary<[RequestName, never]>
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(click, fc.nat(2)), { minLength: 1, maxLength: 12 }),
        async (clicks) => {
          const posted: { id: number; served: Promise<void> }[] = []
          for (const [[name, body], waits] of clicks) {
            posted.push(page.post(name, body))
            for (let i = 0; i < waits; i++) await turn()
          }
          await Promise.all(posted.map((p) => p.served))
          for (const { id } of posted) expect(page.replyTo(id).name).not.toBe('failed')
          expect(page.notices('state').at(-1)!.running).toBe(false)
          expect(page.notices('bug')).toEqual([])
          page.sent.splice(0, page.sent.length - 40)
        },
      ),
      { numRuns: 25, seed: 7 },
    )
  })
})

describe('looking for races', () => {
  const pad = example('registers-pad')
  /** The channel that reads the mem tile no longer waits until it is filled. */
  const hasty: Files = {
    ...pad,
    'uc0.asm': String(pad['uc0.asm']).replace('0x00000381   ; lock', '0x00000380   ; lock'),
  }

  it('names both agents, the place and both ticks, and leaves the machine where it was', async () => {
    const page = await opened(hasty)
    await page.ask('run', {})
    const before = await page.ask('checksum', {})
    const { races, total, isWhole, to } = await page.ask('races', {})
    expect(isWhole).toBe(true)
    expect(to).toBe(before.tick)
    expect(races).toHaveLength(1)
    const [{ first, second, ...race }] = races as [(typeof races)[0]]
    expect([first.who, second.who].sort()).toEqual(['Mem (0,1) MM2S 0', 'Mem (0,1) S2MM 0'])
    expect([first.part, second.part].sort()).toEqual(['tile[0,1].dma.mm2s0', 'tile[0,1].dma.s2mm0'])
    expect(first.tick).toBeLessThan(second.tick)
    expect(race).toMatchObject({ tile: 'tile[0,1]', address: 0, low: 0, end: 96, count: total })
    expect(await page.ask('checksum', {})).toEqual(before)
  })

  it.each(['double', 'vector-add', 'packet-fan'])('finds nothing in %s', async (name) => {
    const page = await opened(example(name))
    await page.ask('run', {})
    const { total, isWhole } = await page.ask('races', {})
    expect([total, isWhole]).toEqual([0, true])
  })

  it('ends early for a newer wish, and shows no moment on the way', async () => {
    const page = await opened(double)
    await page.ask('run', {})
    const { tick } = await page.ask('checksum', {})
    const frames = page.notices('frame').length
    const { id, served } = page.post('races', {})
    await turn()
    await turn()
    const held = page.ask('checksum', {})
    await page.ask('pause', {})
    await served
    const reply = page.replyTo(id) as unknown as { body: Replies['races'] }
    expect(reply.body.isWhole).toBe(false)
    expect((await held).tick).toBe(tick)
    expect(page.notices('frame').length).toBe(frames)
  })

  it('is refused when there is no machine', async () => {
    const page = await opened(broken)
    await expect(page.ask('races', {})).rejects.toThrow('does not build')
  })
})

describe('the inspector of a core, a channel or a uC', () => {
  it('says where the cycles went, all of them', async () => {
    const page = await opened(double)
    await page.ask('run', {})
    for (const part of ['tile[0,2].core', 'tile[0,1].dma.mm2s1', 'tile[0,0].dma.s2mm0', 'uc0']) {
      const { inspection } = await page.ask('inspect', { part })
      const section = inspection?.sections.find((s) => s.title === 'Where the cycles went')
      const { total, list } = section!.shares!
      expect(total).toBeGreaterThan(1000)
      expect(list.reduce((sum, share) => sum + share.cycles, 0)).toBe(total)
      expect(list.map((share) => share.name)).toContain('run')
    }
  })
})

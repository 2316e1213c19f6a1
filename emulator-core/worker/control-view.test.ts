import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import { Desk } from './desk.ts'
import type { FromWorker, Replies, Request, RequestName, Requests } from './protocol.ts'

type Files = Record<string, string | Uint8Array>

const example = (name: string): Files => Object.fromEntries(readFolder(`public/examples/${name}`))
const pad = example('registers-pad')
const text = String(pad['uc0.asm'])
const lineOf = (words: string, from = text) =>
  from.split('\n').findIndex((line) => line.includes(words)) + 1

/** A desk with a project open, asked as a page would. */
async function opened(files: Files) {
  const sent: FromWorker[] = []
  const desk = new Desk((message) => sent.push(message), setImmediate)
  let id = 0
  const ask = async <N extends RequestName>(name: N, body: Requests[N]): Promise<Replies[N]> => {
    const mine = ++id
    await desk.serve({ id: mine, name, body } as Request)
    const reply = sent.find((m) => 'id' in m && m.id === mine) as unknown as { body: Replies[N] }
    return reply.body
  }
  await ask('open', { files, name: 'test' })
  return { ask, sent }
}

/** Where uC 0 stands: the source line of its next operation. */
async function lineNow(ask: Awaited<ReturnType<typeof opened>>['ask']): Promise<number> {
  const { now } = await ask('ucNow', { uc: 0 })
  const job = now!.jobs.find((one) => one.isNext) ?? now!.jobs[0]
  const { page } = await ask('controlPage', { uc: 0, page: now!.page })
  return page!.pieces.find((piece) => piece.at === job!.at)!.line!
}

describe('the effect column', () => {
  it('has a line for every operation, descriptor and word, and for labels how much they name', async () => {
    const { ask } = await opened(pad)
    const { lines, isCurrent } = await ask('controlLines', { file: 'uc0.asm' })
    expect(isCurrent).toBe(true)
    const at = (words: string) => lines.find((one) => one.line === lineOf(words))?.text
    expect(at('WRITE_32 0x00018544')).toBe('BD 0 start, S2MM 0 of shim [0,0], token')
    expect(at('UC_DMA_WRITE_DES_SYNC @tile_descriptors')).toBe(
      '22 registers: BD 0 of S2MM 0, MM2S 0 of mem [0,1]',
    )
    expect(at('tile_descriptors:')).toBe('2 descriptors')
    expect(at('to_host:')).toBe('9 words')
    expect(lines.map((one) => one.line)).toEqual(
      lines.map((one) => one.line).toSorted((a, b) => a - b),
    )
  })

  it('covers what a build made of a design', async () => {
    const { ask } = await opened(example('double'))
    const { lines } = await ask('controlLines', { file: 'uc2.asm' })
    expect(lines.length).toBeGreaterThan(1000)
    expect(lines.filter((one) => one.text.includes('which is'))).toEqual([])
    expect(lines.map((one) => one.text)).toContain('core [1,2] enable')
  })

  it('follows typing, and stays as it was while there are mistakes', async () => {
    const { ask } = await opened(pad)
    const at = async (words: string, from: string) => {
      const { lines, isCurrent } = await ask('controlLines', { file: 'uc0.asm' })
      return [lines.find((one) => one.line === lineOf(words, from))?.text, isCurrent]
    }
    const edited = text.replace('WRITE_32 0x00018554, 1 ', 'WRITE_32 0x00018554, 3 ')
    await ask('setSource', { file: 'uc0.asm', text: edited, version: 2 })
    expect(await at('WRITE_32 0x00018554', edited)).toEqual([
      'BD 3 start, MM2S 0 of shim [0,0]',
      true,
    ])
    await ask('setSource', {
      file: 'uc0.asm',
      text: edited.replace('END_JOB', 'END_JB'),
      version: 3,
    })
    expect(await at('WRITE_32 0x00018554', edited)).toEqual([
      'BD 3 start, MM2S 0 of shim [0,0]',
      false,
    ])
  })
})

describe('a page', () => {
  it('is taken apart without gaps, and says what is changed at load', async () => {
    const { ask } = await opened(pad)
    const { page } = await ask('controlPage', { uc: 0, page: 0 })
    let at = 16
    for (const piece of page!.pieces) {
      expect(piece.at).toBe(at)
      at += piece.sizeBytes
    }
    expect(at).toBe(8192)
    const kinds = [...new Set(page!.pieces.map((piece) => piece.kind))]
    expect(kinds).toEqual(['text', 'data', 'padding'])
    const length = page!.header.find((field) => field.name === 'length')
    expect(length?.value).toBe(`${page!.lengthBytes} bytes`)
    expect(page!.patches.map((patch) => patch.text)).toEqual([
      'address of a buffer: argument 1 is added',
      'address of a buffer: argument 0 is added',
    ])
    expect(page!.isGenerated).toBe(false)
  })

  it('of lowered code shows its filler, its scope and that its lines are ours', async () => {
    const { ask } = await opened(example('double'))
    const { page } = await ask('controlPage', { uc: 4, page: 1 })
    expect(page).toMatchObject({ pages: 3, scope: 'pdi', isGenerated: true })
    expect(page!.pieces.some((piece) => piece.kind === 'filler')).toBe(true)
  })

  it('shows what was just typed, and says that the machine does not have it yet', async () => {
    const { ask } = await opened(pad)
    const before = (await ask('controlPage', { uc: 0, page: 0 })).page!
    expect(before.isLoaded).toBe(true)
    const edited = text.replace('WRITE_32 0x00018554, 1 ', 'WRITE_32 0x00018554, 3 ')
    await ask('setSource', { file: 'uc0.asm', text: edited, version: 2 })
    const after = (await ask('controlPage', { uc: 0, page: 0 })).page!
    const changed = after.bytes.findIndex((byte, index) => byte !== before.bytes[index])
    expect(changed).toBeGreaterThan(before.pieces[0]!.at)
    expect([before.bytes[changed], after.bytes[changed], after.isLoaded]).toEqual([1, 3, false])
    await ask('build', {})
    expect((await ask('controlPage', { uc: 0, page: 0 })).page!.isLoaded).toBe(true)
  })

  it('that the assembler adds for preemption is taken apart like any other', async () => {
    const added = example('vector-add')
    const { sent } = await opened(added)
    const scene = sent.find((m) => 'notice' in m && m.notice === 'scene') as {
      generated: Record<string, string>
    }
    const preempted = scene.generated['uc0.asm']!.replace(
      /(WAIT_TCTS .*\n)/,
      '$1  PREEMPT 1, @save, @restore\n',
    )
    const project = JSON.parse(String(added['project.json'])) as object
    const { ask } = await opened({
      ...added,
      'own.asm': preempted,
      'project.json': JSON.stringify({ ...project, control: { 0: 'own.asm' } }),
    })
    const { lines, isCurrent } = await ask('controlLines', { file: 'own.asm' })
    expect(isCurrent).toBe(true)
    expect(lines.find((one) => one.line === lineOf('PREEMPT', preempted))?.text).toMatch(
      /^may leave the array here: save save_1/,
    )
    const { page } = await ask('controlPage', { uc: 0, page: 99 })
    expect(page!.page).toBe(page!.pages - 1)
    expect(page!.scope).toMatch(/^(save|restore)/)
    const operations = page!.pieces.filter((piece) => piece.kind === 'text')
    expect(operations.length).toBeGreaterThan(2)
    expect(operations.every((piece) => piece.effect !== undefined)).toBe(true)
  })

  it('that does not exist is not there, and behind the last one is the last one', async () => {
    const { ask } = await opened(pad)
    for (const [uc, page] of [
      [0, -1],
      [0, 0.5],
      [1, 0],
      [99, 0],
      [Number.NaN, 0],
    ] as const)
      expect(await ask('controlPage', { uc, page })).toEqual({})
    expect((await ask('controlPage', { uc: 0, page: 7 })).page).toMatchObject({ page: 0, pages: 1 })
    expect((await ask('ucNow', { uc: 99 })).now).toBeUndefined()
  })
})

describe('steps by operation', () => {
  it('move a uC from line to line and back over the same lines', async () => {
    const { ask } = await opened(pad)
    await ask('seek', { tick: 0 })
    await ask('setBreakpoints', {
      breakpoints: [{ file: 'uc0.asm', line: lineOf('WRITE_32 0x0012005C') }],
    })
    await ask('run', {})
    expect(await lineNow(ask)).toBe(lineOf('WRITE_32 0x0012005C'))
    const seen = [await lineNow(ask)]
    for (let i = 0; i < 6; i++) {
      await ask('step', { kind: 'operation', direction: 'forward', part: 'uc0' })
      seen.push(await lineNow(ask))
    }
    expect(new Set(seen).size).toBe(7)
    for (const line of seen.slice(0, -1).toReversed()) {
      await ask('step', { kind: 'operation', direction: 'back', part: 'uc0' })
      expect(await lineNow(ask)).toBe(line)
    }
  })
})

describe('breakpoints of control code', () => {
  const places = (lines: readonly string[], on?: 'barrier') =>
    lines.map((words) => ({ file: 'uc0.asm', line: lineOf(words), ...(on ? { on } : {}) }))

  it('stop at the start of a job and at an operation', async () => {
    const { ask } = await opened(pad)
    await ask('seek', { tick: 0 })
    const breakpoints = places(['START_JOB 1', 'APPLY_OFFSET_57 @from_host'])
    const { bound } = await ask('setBreakpoints', { breakpoints })
    expect(bound.map((b) => b.what)).toEqual(['start of job 1 on uC 0', undefined])
    for (const { line } of breakpoints) {
      const { stop } = await ask('run', {})
      expect(stop).toMatchObject({
        kind: 'breakpoint',
        part: 'uc0',
        place: { file: 'uc0.asm', line },
      })
    }
    expect((await ask('reverse', {})).stop.place?.line).toBe(breakpoints[0]!.line)
  })

  it('say why data, the end of the text and lines without a barrier stop nothing', async () => {
    const { ask } = await opened(pad)
    const lines = places(['EOF', 'UC_DMA_BD 0, 0x00018000', 'to_host:', '; Turns'])
    const barrier = places(['END_JOB'], 'barrier')
    const { bound } = await ask('setBreakpoints', { breakpoints: [...lines, ...barrier] })
    expect(bound.map((b) => b.reason)).toEqual([
      'The text of the page ends here; nothing is executed.',
      'Data: the uC-DMA reads it, no uC ever comes here.',
      'No operation comes from this line.',
      'No operation comes from this line.',
      'This line names no barrier.',
    ])
  })

  it('on a barrier stop every uC that meets there; on a scope its first operation', async () => {
    const double = example('double')
    const { ask, sent } = await opened(double)
    const scene = sent.find((m) => 'notice' in m && m.notice === 'scene') as {
      generated: Record<string, string>
    }
    const uc0 = scene.generated['uc0.asm']!
    const barrier = {
      file: 'uc0.asm',
      line: lineOf('REMOTE_BARRIER $rb1', uc0),
      on: 'barrier',
    } as const
    const scope = { file: 'uc0.asm', line: lineOf('pdi:', uc0) }
    await ask('seek', { tick: 0 })
    const { bound } = await ask('setBreakpoints', { breakpoints: [barrier, scope] })
    expect(bound.map((b) => [b.bound, b.what])).toEqual([
      [true, 'barrier $rb1 on uC 0, 2, 4'],
      [true, 'start of job 0 on uC 0'],
    ])
    const parts: (string | undefined)[] = []
    for (let i = 0; i < 4; i++) parts.push((await ask('run', {})).stop.part)
    // uC 2 and uC 4 come to the barrier in the same tick, which is one stop.
    expect(parts).toEqual(['uc0', 'uc0', 'uc4', undefined])
  })
})

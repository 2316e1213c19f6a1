import { describe as suite, expect, it } from 'vitest'
import { tileWord } from '../../device/abi/control-code.ts'
import { tokenWord } from '../../device/abi/dma-words.ts'
import { describe } from '../../device/profiles.ts'
import { CertEvent, CertFault, explainCertFault, isCommandFault } from './events.ts'
import { actorName, registerName } from './names.ts'
import { Wait } from './state.ts'
import { tellCert, waitWords } from './tell.ts'
import { Bench, code } from './test-kit/bench.ts'

const device = describe('aie4')
const sentence = /^[A-Z]\S* .*[^.]\.$|^uC .*[^.]\.$/

suite('sentences of the uCs', () => {
  it('exist for every kind of record and every fault', () => {
    for (const kind of Object.values(CertEvent)) {
      expect(tellCert(kind, 1, 2, 3, device), String(kind)).toMatch(sentence)
    }
    for (const fault of Object.values(CertFault)) {
      expect(explainCertFault(fault, 1, 2, device), String(fault)).toMatch(sentence)
    }
    expect(tellCert(1, 0, 0, 0, device)).toBe(undefined)
    expect(explainCertFault(1, 0, 0, device)).toBe(undefined)
  })

  it('exist for every kind of wait', () => {
    const kinds = Object.values(Wait).filter((kind) => kind !== Wait.none)
    const texts = kinds.map((kind) => waitWords(kind, 1, device))
    expect(texts).not.toContain('something')
    expect(new Set(texts).size).toBe(kinds.length)
  })

  it('name the channel behind an actor number', () => {
    const key = (row: number, actor: number) => (tileWord(0, row) << 8) | actor
    expect(actorName(device, key(2, 0))).toBe('S2MM 0 of tile [0,2]')
    expect(actorName(device, key(2, 6))).toBe('MM2S 0 of tile [0,2]')
    expect(actorName(device, key(1, 16))).toBe('MM2S 0 of tile [0,1]')
    expect(actorName(device, key(1, 22))).toBe('MM2S 5 of tile [0,1]')
    expect(actorName(device, key(0, 1))).toMatch(/^trace S2MM \d of tile \[0,0\]$/)
    expect(actorName(device, key(1, 99))).toBe('actor 99 of tile [0,1], which has no such channel')
    expect(actorName(device, key(9, 0))).toBe('actor 0 of tile [0,9], which does not exist')
    const token = tokenWord(0, 2, 6, 15)
    expect(tellCert(CertEvent.token, 0, token, 1, device)).toContain('MM2S 0 of tile [0,2]')
  })

  it('name the register behind an address', () => {
    expect(registerName(device, 0x2109ed0)).toMatch(/^\w+ of tile \[1,1\] \(0x2109ed0\)$/)
    expect(registerName(device, 0x200004)).toBe(
      'the word at 0x4 in the memory of tile [0,1] (0x200004)',
    )
    expect(registerName(device, 0x15604)).toBe(
      'the request to acquire lock 5 by 1 of tile [0,0] (0x15604)',
    )
    expect(registerName(device, 0xc00_0000)).toBe('address 0xc000000, where no tile is')
  })

  it('tell faults that the host sees from mistakes that only the author sees', () => {
    expect(isCommandFault(CertFault.hang)).toBe(true)
    expect(isCommandFault(CertFault.badLaunch)).toBe(false)
    expect(isCommandFault(CertFault.tokenRival)).toBe(false)
  })
})

suite('why a uC does not go on', () => {
  const waiting = (...lines: string[]) => {
    const bench = new Bench()
    bench.submit(code(['START_JOB 7', ...lines, 'END_JOB', 'EOF', ''].join('\n')))
    bench.ring()
    bench.run(20_000)
    return bench.cert.explainWait(0)
  }

  it.each([
    [
      'a poll: the register, the value, and what it read',
      ['POLL_32 0x18570, 5'],
      /^uC 0: job 7 on page 0, POLL_32, waits for \w+ of tile \[0,0\] \(0x18570\) to read 0x5; the last time it read 0x0\.$/,
    ],
    [
      'a masked poll: the mask too',
      ['MASK_POLL_32 0x18570, 0xF0, 0x20'],
      /MASK_POLL_32, waits for \w+ of tile \[0,0\] \(0x18570\) to read 0x20 under the mask 0xf0; the last time/,
    ],
    [
      'tokens: the channel',
      ['WAIT_TCTS TILE_0_2, TILE_S2MM_0, 2'],
      /waits for 2 task-complete tokens of S2MM 0 of tile \[0,2\]; none has come\.$/,
    ],
    [
      'a lock request: the lock',
      ['REL_ACQ_SYNC 0x15400, 0x15604'],
      /waits for the request to acquire lock 5 by 1 of tile \[0,0\] \(0x15604\) to succeed\.$/,
    ],
    [
      'a local barrier: who is missing',
      ['LOCAL_BARRIER $lb2, 3'],
      /waits for local barrier 2: 1 of 3 jobs have arrived\.$/,
    ],
    [
      'a local barrier whose jobs disagree: that they do',
      ['LOCAL_BARRIER $lb2, 2', 'END_JOB', 'START_JOB 1', 'LOCAL_BARRIER $lb2, 3'],
      /waits for local barrier 2: 2 of 2 jobs have arrived, and the last of them waits there for more than 2\./,
    ],
  ])('names of %s', (_, lines, text) => {
    expect(waiting(...lines)).toMatch(text)
  })

  it('names the state in words once the context is in error', () => {
    const bench = new Bench()
    bench.cert.setTimeLimit(10_000)
    bench.submit(code('START_JOB 0\nPOLL_32 0x18570, 5\nEND_JOB\nEOF\n'))
    bench.ring()
    bench.run()
    expect(bench.cert.explainWait(0)).toBe(
      'uC 0 has stopped: control code hang at page 0, byte 24. Its context is in error.',
    )
    expect(bench.failures).toHaveLength(1)
  })
})

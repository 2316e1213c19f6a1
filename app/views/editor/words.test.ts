import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WordItem, WordLanguage } from '../../../emulator-core/worker/protocol.ts'
import { jsonPlace } from './json-place.ts'
import { offersAt, pointedAt, withinOf } from './words.ts'

const item = (label: string, kind: WordItem['kind'], within?: string): WordItem => ({
  label,
  kind,
  detail: label,
  about: '',
  ...(within === undefined ? {} : { within }),
})

const kernel = [
  item('aie::load_v', 'function'),
  item('aie::mul', 'function'),
  item('.to_vector', 'method'),
  item('#include', 'directive'),
  item('aie_api/aie.hpp', 'header'),
  item('for', 'keyword'),
]
const host = [
  item('args', 'property', 'project'),
  item('name', 'property', 'project.args'),
  item('i32', 'value', 'project.args.type'),
  item('64', 'value', 'project.device.vfLimit'),
  item('createBo', 'property', 'host.steps'),
  item('size', 'property', 'host.steps.createBo'),
]

/** What is offered at the bar, and the text after the first offer was taken. */
function at(language: WordLanguage, items: readonly WordItem[], text: string, file = 'a') {
  const [before = '', after = ''] = text.split('¦')
  const { offers, back, forth } = offersAt(language, items, { file, before, after })
  const first = offers[0]?.insert
  const taken = before.slice(0, before.length - back) + first + after.slice(forth)
  return { labels: offers.map((offer) => offer.item.label), taken }
}

function pointed(language: WordLanguage, items: readonly WordItem[], text: string, file = 'a') {
  const [before = '', after = ''] = text.split('¦')
  return pointedAt(language, items, { file, before, after })?.items.map((one) => one.label)
}

describe('offers', () => {
  it('replace the whole qualified name that is being typed', () => {
    const offer = at('kernel', [kernel[0]!], 'auto v = aie::lo¦ad')
    expect(offer.taken).toBe('auto v = aie::load_v')
  })

  it('give members behind a dot or an arrow, and nothing else', () => {
    expect(at('kernel', kernel, 'auto w = p2.¦').labels).toEqual(['.to_vector'])
    expect(at('kernel', kernel, 'auto w = p->to¦').taken).toBe('auto w = p->to_vector')
    expect(at('kernel', kernel, 'float x = 1.¦').labels).not.toContain('.to_vector')
  })

  it('give headers within an include', () => {
    const offer = at('kernel', kernel, '#include <aie¦>')
    expect(offer.labels).toEqual(['aie_api/aie.hpp'])
    expect(offer.taken).toBe('#include <aie_api/aie.hpp>')
  })

  it('give directives behind a hash', () => {
    expect(at('kernel', kernel, '#in¦').labels).toEqual(['#include'])
  })

  it('keep silent in comments and strings', () => {
    expect(at('kernel', kernel, '// aie¦').labels).toEqual([])
    expect(at('kernel', kernel, '/* one\naie¦').labels).toEqual([])
    expect(at('kernel', kernel, 'extern "aie¦').labels).toEqual([])
    expect(at('control', [item('NOP', 'operation')], '  WAIT ; no¦').labels).toEqual([])
    expect(at('kernel', kernel, '/* done */ fo¦').labels).toContain('for')
  })

  it('know the names of the file, without the one being typed', () => {
    const labels = at('kernel', [], 'int kFactor; // kComment\nkFac¦').labels
    expect(labels).toContain('kFactor')
    expect(labels).not.toContain('kFac')
    expect(labels).not.toContain('kComment')
    expect(at('design', [], '%tile = aie.tile(0, 2)\n%¦').labels).toEqual(['%tile'])
    expect(at('control', [], 'loop:\n  jump @¦').labels).toEqual(['@loop'])
  })

  it('give registers of control code behind a dollar', () => {
    const items = [item('$r0', 'register'), item('NOP', 'operation')]
    expect(at('control', items, '  ADD $¦').labels).toEqual(['$r0'])
  })

  it('give the keys of the object around the cursor', () => {
    expect(at('host', host, '{ "ar¦" }', 'project.json').taken).toBe('{ "args":  }')
    expect(at('host', host, '{ "args": [{ ¦ }] }', 'project.json').labels).toEqual(['name'])
    expect(at('host', host, '{ "na¦": 1 }', 'x/project.json').taken).toBe('{ "args": 1 }')
  })

  it('give the values of a key, numbers bare and words quoted', () => {
    expect(at('host', host, '{"args":[{"type": "¦"}]}', 'project.json').taken).toBe(
      '{"args":[{"type": "i32"}]}',
    )
    expect(at('host', host, '{"device":{"vfLimit": ¦}}', 'project.json').taken).toBe(
      '{"device":{"vfLimit": 64}}',
    )
  })

  it('treat the steps within a repeat like all others', () => {
    const text = '{ "steps": [{ "repeat": { "steps": [{ "createBo": { ¦ } }] } }] }'
    expect(at('host', host, text, 'host.json').labels).toEqual(['size'])
    expect(withinOf('host.json', ['steps', 'repeat', 'steps'])).toBe('host.steps')
  })
})

describe('pointing', () => {
  it('finds the name from any of its letters', () => {
    for (const text of ['aie::mu¦l(v)', '¦aie::mul(v)', 'aie::¦mul(v)']) {
      expect(pointed('kernel', kernel, text)).toEqual(['aie::mul'])
    }
  })

  it('finds members by what stands before them', () => {
    expect(pointed('kernel', kernel, 'p.to_¦vector<int>()')).toEqual(['.to_vector'])
    expect(pointed('kernel', kernel, 'to_¦vector')).toBeUndefined()
  })

  it('finds an operation of control code however it is spelled', () => {
    expect(pointed('control', [item('WAIT_TCTS', 'operation')], '  wait_¦tcts 1')).toEqual([
      'WAIT_TCTS',
    ])
  })

  it('finds a key by its place', () => {
    const text = '{ "args": [{ "na¦me": 1 }] }'
    expect(pointed('host', host, text, 'project.json')).toEqual(['name'])
    expect(pointed('host', host, text, 'host.json')).toBeUndefined()
  })
})

describe('a place in JSON', () => {
  it('is told by the keys that lead to it, past comments and broken lines', () => {
    const place = jsonPlace('{ // "x": [\n "a": /* { */ [1, {"b": ')
    expect(place).toEqual({ path: ['a', 'b'], expects: 'value', quote: -1 })
    expect(jsonPlace('{ // note')).toBeUndefined()
    expect(jsonPlace('{"a": "b\\"')).toMatchObject({ quote: 6 })
  })

  it('is right at every cut of any value', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, seed) => {
        const place = jsonPlace(text.slice(0, seed % (text.length + 1)))
        expect(place?.quote).toBeGreaterThanOrEqual(-1)
        expect(jsonPlace(text)).toEqual({ path: [], expects: 'value', quote: -1 })
      }),
    )
  })
})

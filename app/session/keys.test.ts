import { describe, expect, it } from 'vitest'
import { allActions } from './actions.ts'
import { actionFor, spell, type Press } from './keys.ts'

const press = (key: string, held: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
})

describe('spelling a press', () => {
  it('names modifiers in one order and letters as on the key', () => {
    expect(spell(press('z', { ctrlKey: true }), false)).toBe('Ctrl+Z')
    expect(spell(press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe('Ctrl+Shift+Z')
    expect(spell(press('F8', { ctrlKey: true }), false)).toBe('Ctrl+F8')
    expect(spell(press(' '), false)).toBe('Space')
    expect(spell(press('?', { shiftKey: true }), false)).toBe('?')
    expect(spell(press('y'), false)).toBe('y')
  })

  it('reads Cmd as Ctrl on macOS and not elsewhere', () => {
    expect(spell(press('k', { metaKey: true }), true)).toBe('Ctrl+K')
    expect(spell(press('k', { metaKey: true }), false)).toBe('k')
  })
})

describe('the keyboard', () => {
  it('has each key once', () => {
    const keys = allActions().flatMap((action) => action.keys)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('binds neither AltGr combinations nor keys that browsers keep for themselves', () => {
    const keys = allActions().flatMap((action) => action.keys)
    for (const key of ['Ctrl+T', 'Ctrl+N', 'Ctrl+W', 'Ctrl+Shift+P', 'Ctrl+R'])
      expect(keys).not.toContain(key)
    expect(keys.filter((key) => key.includes('Alt+'))).toEqual([])
  })

  it('gives every step forward its twin with Ctrl', () => {
    const keyed = (id: string) => allActions().find((action) => action.id === id)?.keys ?? []
    expect(keyed('step.back')).toContain(`Ctrl+${keyed('step.forward')[0]}`)
    expect(keyed('step.intoBack')).toContain(`Ctrl+${keyed('step.into')[0]}`)
    expect(keyed('run.reverse')).toContain('Ctrl+F8')
  })

  it('finds the action of a press', () => {
    expect(actionFor(press('.'), null)?.id).toBe('step.forward')
    expect(actionFor(press('F10', { ctrlKey: true }), null)?.id).toBe('step.back')
    expect(actionFor(press('3'), null)?.id).toBe('stage.host')
    expect(actionFor(press('q'), null)).toBeUndefined()
  })
})

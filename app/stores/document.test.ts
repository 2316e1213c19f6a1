import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { editedFiles, useDocument } from './document.ts'

const state = () => useDocument.getState()
const files = { 'a.cc': 'int a = 2;\n', 'b.mlir': 'module {}\n', 'in.bin': new Uint8Array([1, 2]) }

beforeEach(() => state().load({ id: 'p', title: 'P', files }))

describe('the document', () => {
  it('undoes and redoes across files', () => {
    state().edit('a.cc', 'int a = 3;\n')
    state().edit('b.mlir', 'module { }\n')
    state().undo()
    expect(state().files['b.mlir']).toBe('module {}\n')
    expect(state().files['a.cc']).toBe('int a = 3;\n')
    state().undo()
    expect(state().files).toEqual(files)
    state().redo()
    state().redo()
    expect(state().files['b.mlir']).toBe('module { }\n')
  })

  it('remembers at least 200 steps', () => {
    for (let step = 1; step <= 250; step++)
      state().edit('a.cc', `${step}\n${'x'.repeat(step % 2)}\n`)
    expect(state().past.length).toBeGreaterThanOrEqual(200)
    for (let step = 0; step < 250; step++) state().undo()
    expect(state().files['a.cc']).toBe(files['a.cc'])
  })

  it('joins quick typing on one spot into one step', () => {
    state().edit('a.cc', 'int ab = 2;\n')
    state().edit('a.cc', 'int abc = 2;\n')
    expect(state().past).toHaveLength(1)
    state().undo()
    expect(state().files['a.cc']).toBe(files['a.cc'])
  })

  it('raises the version of what changed and of nothing else', () => {
    state().edit('a.cc', 'x')
    expect(state().versions).toEqual({ 'a.cc': 2, 'b.mlir': 1, 'in.bin': 1 })
    state().undo()
    expect(state().versions['a.cc']).toBe(3)
  })

  it('drops the redone future when something else is typed', () => {
    state().edit('a.cc', 'x')
    state().undo()
    state().edit('a.cc', 'y')
    expect(state().future).toHaveLength(0)
  })

  it('puts the work of an earlier visit back as one step', () => {
    state().editAll({ 'a.cc': 'other', 'b.mlir': 'also', 'gone.cc': 'x', 'in.bin': 'x' }, 'restore')
    expect(state().past).toHaveLength(1)
    expect(editedFiles(state())).toEqual({ 'a.cc': 'other', 'b.mlir': 'also', 'gone.cc': 'x' })
    state().undo()
    expect(editedFiles(state())).toEqual({})
    expect(Object.keys(state().files)).toEqual(Object.keys(files))
  })

  it('makes and removes files as one step with the edits that name them', () => {
    const added = { 'b.mlir': 'module { "c" }\n', 'c/d.asm': 'EOF\n' }
    state().editAll(added, 'copy')
    expect(state().past).toHaveLength(1)
    expect(state().files).toEqual({ ...files, ...added })
    expect(state().versions['c/d.asm']).toBe(2)
    state().editAll({ 'b.mlir': files['b.mlir'], 'c/d.asm': undefined }, 'return')
    expect(state().files).toEqual(files)
    state().undo()
    expect(state().files).toEqual({ ...files, ...added })
    state().undo()
    expect(state().files).toEqual(files)
    state().redo()
    expect(state().files['c/d.asm']).toBe('EOF\n')
  })

  it('does not join typing with the step that made the file', () => {
    state().editAll({ 'c.asm': 'EOF\n' }, 'copy')
    state().edit('c.asm', 'EOF \n')
    expect(state().past).toHaveLength(2)
  })

  it('comes back to the start from any walk of edits by undoing all of them', () => {
    const edit = fc.record({
      file: fc.constantFrom('a.cc', 'b.mlir'),
      text: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 }),
    })
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 20 }), (edits) => {
        state().load({ id: 'p', title: 'P', files })
        for (const { file, text } of edits) state().edit(file, text)
        const last = state().files
        while (state().past.length > 0) state().undo()
        expect(state().files).toEqual(files)
        while (state().future.length > 0) state().redo()
        expect(state().files).toEqual(last)
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Source } from '../text/source.ts'
import { parseProject } from './project.ts'

/** Diagnostics as `line:column code`. */
function mistakes(text: string): string[] {
  const source = new Source('project.json', text)
  return parseProject(text, 'project.json').diagnostics.map((d) => {
    const { line, column } = source.place(d.at.start)
    return `${line}:${column} ${d.code}`
  })
}

function message(text: string): string {
  return parseProject(text, 'project.json').diagnostics[0]?.message ?? ''
}

describe('a project file', () => {
  it('is read with comments and a trailing comma', () => {
    const { artifact, diagnostics } = parseProject(
      `{
      // what people see
      "title": "Add", "device": "npu2", "design": "./a/design.mlir", /* kernels */ "kernels": ["k.cc"],
      "defines": { "N": "4", "M": 3 }, "control": { "0": "uc0.asm" },
      "args": [
        { "name": "A", "type": "i32", "shape": [4, 4], "init": { "iota": { "start": 1 } } },
        { "name": "n", "type": "i32", "scalar": 5 },
      ],
    }`,
      'project.json',
    )
    expect(diagnostics).toEqual([])
    expect(artifact).toMatchObject({
      title: 'Add',
      device: { profile: 'npu4' },
      design: { value: 'a/design.mlir' },
      kernels: [{ value: 'k.cc' }],
      defines: { N: '4', M: '3' },
      control: { 0: { value: 'uc0.asm' } },
      args: [
        { kind: 'buffer', count: 16 },
        { kind: 'scalar', value: { value: 5 } },
      ],
    })
  })

  it('names key and line of what it does not know or gets twice', () => {
    expect(mistakes('{\n  "design": "a.mlir",\n  "desing": 1\n}')).toEqual(['3:3 P0003'])
    expect(message('{ "design": "a",\n "design": "b" }')).toContain("'design' stands twice")
    expect(mistakes('{ "design": "a",\n "design": "b" }')).toEqual(['2:2 P0002'])
    expect(message('{"design": 3}')).toBe("'design' must be text, not a number (line 1).")
  })

  it('refuses paths that leave the folder', () => {
    for (const path of [
      '../a',
      'a/../../b',
      '/etc/a',
      'C:/a',
      'a\\\\..\\\\..\\\\b',
      'http://x/a',
      '',
    ]) {
      expect(mistakes(`{"design": "${path}"}`)).toEqual(['1:12 P0007'])
    }
    expect(mistakes('{"design": "a..b/c.mlir"}')).toEqual([])
  })

  it('refuses names that stand twice, unknown devices and projects without anything to run', () => {
    const two = '{ "name": "A", "type": "i8", "shape": [1] }'
    expect(mistakes(`{"design": "a", "args": [${two},\n${two}]}`)).toEqual(['2:11 P0009'])
    expect(mistakes('{"design": "a", "kernels": ["k.cc",\n"./k.cc"]}')).toEqual(['2:1 P0009'])
    expect(mistakes('{"design": "a", "device": "npu9"}')).toEqual(['1:27 P0201'])
    expect(mistakes('{}')).toEqual(['1:1 P0202'])
    expect(mistakes('{"host": "h.json", "args": []}')).toEqual(['1:10 P0203'])
  })

  it('knows switches of a profile, and what is not emulated', () => {
    const device = (rest: string): string =>
      `{"design": "a", "device": {"profile": "aie4", ${rest}}}`
    expect(mistakes(device('"heap": "flat", "vfLimit": 4'))).toEqual([])
    expect(mistakes(device('"heap": "expandable", "coherent": false'))).toEqual([])
    expect(mistakes(device('"function": "pf", "vfLimit": 64'))).toEqual([])
    const older = '{"design": "a", "device": {"profile": "npu4", "function": "pf"}}'
    expect(mistakes(older)).toEqual(['1:59 P0204'])
    expect(mistakes(device('"vfLimit": 9'))).toEqual(['1:58 P0006'])
    expect(mistakes(device('"heat": 1'))).toEqual(['1:47 P0003'])
  })

  it('gets one message per mistake of the text', () => {
    expect(mistakes('{"design": "a" "title": "b"}')).toEqual(['1:16 P0001'])
    expect(mistakes('{"design": "a", "title": }')).toEqual(['1:26 P0001'])
    expect(mistakes('{"design": "a')).toEqual(['1:12 P0001'])
    expect(mistakes('{"design": 0x10}')).toEqual(['1:12 P0001'])
    expect(mistakes('')).toEqual(['1:1 P0001'])
    expect(mistakes('[]')).toEqual(['1:1 P0004'])
    expect(mistakes(`{"a": ${'['.repeat(100)}`)).toEqual(['1:70 P0010'])
    expect(mistakes('{"design" "a", "title": 1x}')).toEqual(['1:11 P0001', '1:25 P0001'])
  })

  it('checks argument forms', () => {
    const arg = (rest: string): string =>
      `{"design": "a", "args": [{"name": "A", "type": "i8", ${rest}}]}`
    expect(mistakes(arg('"shape": [0]'))).toEqual(['1:64 P0006'])
    expect(mistakes(arg('"shape": [2], "init": {"fill": 1, "values": [1, 2]}'))).toEqual([
      '1:76 P0006',
    ])
    expect(mistakes(arg('"shape": [2], "init": {"sha256": "00"}'))).toEqual([
      '1:77 P0003',
      '1:76 P0006',
    ])
    expect(mistakes(arg('"shape": [2], "expect": {"sha256": "00"}'))).toEqual(['1:89 P0006'])
    expect(mistakes(arg('"shape": [40000, 40000]'))).toEqual(['1:63 P0013'])
  })

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"design"',
      '"a"',
      '1',
      '-',
      'true',
      '//',
      '/*',
      '\n',
      '\\',
      '0x',
      'é',
      '"args"',
      '"name"',
      '"type"',
      '"i8"',
      '"shape"',
      '"init"',
      'null',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { artifact, diagnostics } = parseProject(pieces.join(' '), 'p.json')
        expect(artifact === undefined).toBe(diagnostics.some((d) => d.severity === 'error'))
      }),
      { numRuns: 500 },
    )
  })
})

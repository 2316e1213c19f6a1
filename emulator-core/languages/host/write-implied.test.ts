import { describe, expect, it } from 'vitest'
import { dumpHostProgram } from '../../artifacts/host-program.ts'
import { compileHost } from './compile-host.ts'
import { parseProject } from './project.ts'
import { writeImplied } from './write-implied.ts'

const projectText = `{
  // A remark that stays.
  "title": "Four numbers",
  "design": "design.mlir",
  "args": [
    { "name": "in", "type": "i32", "shape": [4], "init": { "values": [1, 2, 3, 4] } },
    { "name": "small", "type": "i4", "shape": 3, "init": { "fill": 1 } },
    { "name": "factor", "type": "i32", "scalar": 7 },
    { "name": "out", "type": "i32", "shape": [2, 2], "expect": { "fill": 0 /* none */ } }
  ],
  "sequence": "main" // and this one
}
`

const files = (host = '') => ({
  text: (path: string) => (path === 'host.json' ? host : undefined),
  bytes: () => undefined,
})

function dump(text: string, host = ''): string {
  const { artifact: project, diagnostics } = parseProject(text, 'project.json')
  expect(diagnostics).toEqual([])
  const made = compileHost(project!, { numTiles: 4, tilesPerColumn: 4, files: files(host) })
  expect(made.diagnostics).toEqual([])
  return dumpHostProgram(made.artifact!)
    .replaceAll(/ at \S+| label .*$/gm, '')
    .replaceAll(/\bbo (\d+)/g, 'bo')
}

describe('the implied host program written down', () => {
  it('compiles to the same steps', () => {
    const { artifact: project } = parseProject(projectText, 'project.json')
    const written = writeImplied(project!, 'host.json')
    if ('reason' in written) throw new Error(written.reason)
    expect(dump(written.project, written.host)).toBe(dump(projectText))
    expect(written.project).toContain('// A remark that stays.')
    expect(written.project).toContain('"host": "host.json"')
    expect(written.project).toContain('// and this one')
    expect(written.project).not.toContain('args')
  })

  it('is refused where there is one already', () => {
    const { artifact } = parseProject('{ "design": "d.mlir", "host": "h.json" }', 'project.json')
    expect(writeImplied(artifact!, 'host.json')).toEqual({
      reason: "The project has a host program: 'h.json'.",
    })
  })

  it('goes behind the last entry of a project that has no arguments', () => {
    const { artifact } = parseProject('{ "design": "d.mlir" }', 'project.json')
    const written = writeImplied(artifact!, 'host.json')
    expect(written).toMatchObject({ project: '{ "design": "d.mlir",\n  "host": "host.json" }' })
  })
})

import { describe, expect, it } from 'vitest'
import { buildProject } from './build.ts'
import { readFolder } from './cli/files.ts'
import { discover } from './discover.ts'

describe('a program without a design', () => {
  const { pkg } = buildProject(readFolder('public/examples/packet-fan'))
  const found = discover(pkg!)

  it('shows the routes that its registers make', () => {
    const lines = found.routes.map(
      (r) =>
        `${r.kind} ${r.flow} ${r.paths.map((p) => p.map((t) => `${t.column},${t.row}`).join(' ')).join(' + ')}`,
    )
    expect(lines.sort()).toEqual([
      'packet in 0,0 0,1 + 0,0 0,1',
      'packet out 0,1 0,0',
      'packet out 0,1 0,0',
    ])
  })

  it('uses the channels at their ends, one column and no core', () => {
    expect(found.channels.size).toBe(6)
    expect([found.columns, found.cores.size]).toEqual([1, 0])
  })
})

import { describe, expect, it } from 'vitest'
import { filesByTab } from './files.ts'

describe('sorting files under tabs', () => {
  it('goes by endings until the machine has spoken', () => {
    const files = ['project.json', 'double.cc', 'helpers.h', 'design.mlir', 'host.json', 'in.bin']
    expect(filesByTab(files, ['uc0.asm'], undefined)).toEqual({
      kernel: ['double.cc', 'helpers.h'],
      design: ['design.mlir'],
      control: ['uc0.asm'],
      host: ['host.json'],
      data: ['project.json', 'in.bin'],
    })
  })

  it('shows the project file as the host program where there is no other', () => {
    const { host, data } = filesByTab(['project.json', 'design.mlir', 'in.bin'], [], undefined)
    expect(host).toEqual(['project.json'])
    expect(data).toEqual(['in.bin'])
  })

  it('believes the machine, and shows every file exactly once', () => {
    const said = {
      kernel: ['k.cc'],
      design: [],
      control: ['run.txt'],
      host: ['prog.json'],
      data: ['gone'],
    }
    expect(filesByTab(['prog.json', 'k.cc', 'run.txt', 'x.md'], [], said)).toEqual({
      kernel: ['k.cc'],
      design: [],
      control: ['run.txt'],
      host: ['prog.json'],
      data: ['x.md'],
    })
  })
})

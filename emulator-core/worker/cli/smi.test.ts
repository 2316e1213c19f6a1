import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { execute } from './commands.ts'

/** A command in this process: what it writes, and its exit code. */
async function tilescope(...words: string[]) {
  const written = { out: '', err: '' }
  const catching = (stream: NodeJS.WriteStream, name: keyof typeof written) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    })
  const spies = [catching(process.stdout, 'out'), catching(process.stderr, 'err')]
  const code = await execute(words)
  for (const spy of spies) spy.mockRestore()
  return { code, ...written }
}

function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(tmpdir(), 'tilescope-smi-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text)
  return made
}

const project = folder({
  'project.json': '{ "device": "aie4", "host": "host.json" }',
  'host.json': JSON.stringify({
    steps: [
      { open: { client: 'app' } },
      { createHwctx: { client: 'app', hwctx: 'c', numTiles: 4 } },
    ],
  }),
})

let first: Awaited<ReturnType<typeof tilescope>>

beforeAll(async () => {
  first = await tilescope('smi', project, '--json')
})

describe('smi', () => {
  it('prints every report as one object', () => {
    expect(first.code).toBe(0)
    const all = JSON.parse(first.out)
    expect(Object.keys(all)).toEqual([
      'host',
      'platform',
      'aie-partitions',
      'telemetry',
      'preemption',
      'clocks',
      'debug',
      'context-health',
      'async-error',
    ])
    expect(all['aie-partitions'].Partitions[0]['HW Contexts'][0].Process).toBe('app')
  })

  it('prints one report as text, and knows no others', async () => {
    const { code, out } = await tilescope('smi', project, '--report', 'clocks')
    expect([code, out.split('\n')[0]]).toEqual([0, 'Clocks'])
    const unknown = await tilescope('smi', project, '--report', 'weather')
    expect(unknown.code).toBe(2)
    expect(unknown.err).toContain("unknown report 'weather'")
  })

  it('asks the virtual function that is named, or the first; a PF alone answers nothing', async () => {
    const steps = [{ sriov: { numVfs: 2 } }, { open: { client: 'app', vf: 1 } }]
    const vfs = folder({
      'project.json': '{ "device": "aie4", "host": "host.json" }',
      'host.json': JSON.stringify({
        steps: [...steps, { createHwctx: { client: 'app', hwctx: 'c', numTiles: 4 } }],
      }),
    })
    const show = async (...words: string[]) => {
      const { out } = await tilescope('smi', vfs, '--json', ...words)
      return JSON.parse(out)
    }
    const vf0 = await show('--report', 'host', '--report', 'aie-partitions', '--report', 'debug')
    expect(vf0.host.Devices.map((row: { Name: string }) => row.Name)).toEqual([
      'RyzenAI-npu3-pf',
      'RyzenAI-npu3-vf',
      'RyzenAI-npu3-vf',
    ])
    expect(vf0['aie-partitions'].Notes).toEqual(['No hardware contexts running on device'])
    expect(vf0.debug.Notes[0]).toMatch(/^GET_ARRAY 7: EOPNOTSUPP/)
    const second = await show('--vf', '1')
    expect(second['aie-partitions'].Partitions).toHaveLength(1)
  })
})

describe('import', () => {
  it('reads what smi writes', async () => {
    const report = join(folder({ 'report.json': first.out }), 'report.json')
    const { code, out: shown } = await tilescope('import', report)
    expect(code).toBe(0)
    expect(shown).toContain('partition 0: columns 0 to 2')
    expect(shown).toMatch(/context 1 {2}pid 1 {2}app {2}idle/)
    const json = JSON.parse((await tilescope('import', report, '--json')).out)
    expect(json.devices[0].partitions[0].contexts[0]).toMatchObject({ id: '1', submissions: 0 })
  })

  it('says where a report is wrong', async () => {
    const report = join(folder({ 'report.json': '{\n  "partitions": 3\n}' }), 'report.json')
    const { code, err } = await tilescope('import', report)
    expect(code).toBe(2)
    expect(err).toContain(":2:17: error M0005: 'partitions' must be a list (line 2).")
  })
})

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
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

/** A copy of an example with one file changed. */
function changed(example: string, file: string, edit: (text: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tilescope-cli-'))
  cpSync(`public/examples/${example}`, folder, { recursive: true })
  const before = readFileSync(join(folder, file), 'utf8')
  const after = edit(before)
  expect(after).not.toBe(before)
  writeFileSync(join(folder, file), after)
  return folder
}

const runJson = async (folder: string, ...words: string[]) => {
  const { code, out } = await tilescope('run', folder, '--json', ...words)
  return { code, report: JSON.parse(out) }
}

describe('run --json', () => {
  it('says ok, and the same checksum again and under either engine', async () => {
    const run = (engine: string) => runJson('public/examples/double', '--engine', engine)
    const [first, again] = [await run('jit'), await run('interpreter')]
    expect([first.code, first.report.status]).toEqual([0, 'ok'])
    expect(again.report).toEqual(first.report)
    expect(first.report.cores['[0,2]'].events).toHaveLength(8)
    expect(Object.keys(first.report.buffers)).toEqual(['numbers', 'doubled'])
  })

  it('names the first differing element when the factor is 3', async () => {
    const folder = changed('double', 'double.cc', (t) => t.replace('kFactor = 2', 'kFactor = 3'))
    const { code, report } = await runJson(folder)
    expect([code, report.status]).toEqual([1, 'mismatch'])
    expect(report.stop).toMatchObject({ bo: 'doubled', index: 0, expected: 2, found: 3 })
  })

  it('names the waiters when a release is missing', async () => {
    const folder = changed('double', 'design.mlir', (t) =>
      t.replace('        aie.objectfifo.release @out13(Produce, 1)\n', ''),
    )
    const { code, report } = await runJson(folder)
    expect([code, report.status]).toEqual([3, 'deadlock'])
    expect(report.stop.chain.join('\n')).toContain(
      'Core (1,3) MM2S 0 waits for lock 3 of core (1,3) (out13_cons_lock_0)',
    )
  })

  it('goes on over a job that is launched twice, and says where', async () => {
    const folder = changed('three-controllers', 'uc2.asm', (t) =>
      t.replace('  LAUNCH_JOB 2\n', '  LAUNCH_JOB 2\n  LAUNCH_JOB 2\n'),
    )
    const { code, report } = await runJson(folder)
    const line = readFileSync(join(folder, 'uc2.asm'), 'utf8')
      .split('\n')
      .lastIndexOf('  LAUNCH_JOB 2')
    expect([code, report.status]).toEqual([0, 'ok'])
    expect(report.diagnostics).toEqual([
      {
        code: 'A0308',
        severity: 'warning',
        file: 'uc2.asm',
        line: line + 1,
        column: 3,
        message: expect.stringMatching(/^uC 2 launched job 2, .*; the launch is ignored\.$/),
      },
    ])
  })

  it('gives one diagnostic at the right column for a syntax error', async () => {
    const folder = changed('double', 'double.cc', (t) =>
      t.replace('aie::store_v(out + i, w);', 'aie::store_v(out + i, w)'),
    )
    const { code, report } = await runJson(folder)
    expect([code, report.status]).toEqual([2, 'error'])
    expect(report.diagnostics).toHaveLength(1)
    expect(report.diagnostics[0]).toMatchObject({
      file: 'double.cc',
      line: 17,
      column: 29,
      severity: 'error',
    })
  })

  it('stops an endless kernel at the limit', async () => {
    const folder = changed('double', 'double.cc', (t) => t.replace('event1();', 'for (;;) {}'))
    const { code, report } = await runJson(folder, '--max-cycles', '200000')
    expect([code, report.status]).toEqual([3, 'limit'])
  })
})

describe('the other commands', () => {
  it('are reached through the package script, with their exit code', () => {
    const run = spawnSync('npm', ['run', '-s', 'tilescope', '--', 'run', '/nowhere'], {
      encoding: 'utf8',
    })
    expect([run.status, run.stdout, run.stderr.includes('usage')]).toEqual([2, '', true])
  })

  it('check prints file, line, column, severity and code', async () => {
    const folder = changed('double', 'double.cc', (t) => t.replace('int n)', 'int n'))
    const { code, out } = await tilescope('check', join(folder, 'double.cc'))
    expect(code).toBe(2)
    expect(out).toMatch(/double\.cc:\d+:\d+: error C\d{4}: /)
  })

  it('check reads a host program with its project, and alone where there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tilescope-host-'))
    const host = '{ "steps": [\n  { "open": { "client": "a" } },\n  { "fly": {} } ] }\n'
    writeFileSync(join(folder, 'host.json'), host)
    const alone = await tilescope('check', join(folder, 'host.json'))
    expect([alone.code, alone.out]).toEqual([2, expect.stringMatching(/^host\.json:3:5: error H/)])
    writeFileSync(join(folder, 'project.json'), '{ "device": "npu4", "host": "host.json" }')
    expect((await tilescope('check', join(folder, 'host.json'))).out).toBe(alone.out)
  })

  it('lower names the sources of hand-written control code, and reads no links to nowhere', async () => {
    const folder = changed('three-controllers', 'uc2.asm', (t) => `; changed\n${t}`)
    symlinkSync('/nowhere', join(folder, 'dead'))
    symlinkSync('.', join(folder, 'loop'))
    const { code, out } = await tilescope('lower', folder)
    expect([code, out.split('\n')[0]]).toEqual([0, '; ==== uc0.asm+uc2.asm+uc4.asm'])
  })

  it('lower prints control code that asm accepts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tilescope-lower-'))
    const { out } = await tilescope('lower', 'public/examples/vector-add')
    const file = join(folder, 'lowered.asm')
    writeFileSync(file, out.replaceAll(/^; ====.*$/gm, ''))
    const asm = await tilescope('asm', file, '--pages', join(folder, 'pages.hex'))
    expect([asm.code, asm.err]).toEqual([0, ''])
    expect(readFileSync(join(folder, 'pages.hex'), 'utf8').length).toBeGreaterThan(8192)
  })

  it('disasm gives text that asm makes the same file of', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tilescope-disasm-'))
    const path = (name: string) => join(folder, name)
    await tilescope('asm', 'public/examples/three-controllers/uc2.asm', '-o', path('a.elf'))
    const { code, out } = await tilescope('disasm', path('a.elf'))
    expect([code, out.includes('REMOTE_BARRIER')]).toEqual([0, true])
    writeFileSync(path('b.asm'), out)
    expect((await tilescope('asm', path('b.asm'), '-o', path('b.elf'))).code).toBe(0)
    expect(readFileSync(path('b.elf')).equals(readFileSync(path('a.elf')))).toBe(true)
    expect((await tilescope('disasm', path('a.elf'), '-o', path('sources'))).code).toBe(0)
    expect(readFileSync(path('sources/program.asm'), 'utf8')).toBe(out)
  })

  it('disasm and check name the byte where a file is damaged', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tilescope-damage-')), 'x.elf')
    writeFileSync(file, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0x46, 2))
    for (const command of ['disasm', 'check']) {
      const { code, out, err } = await tilescope(command, file)
      expect([code, out + err]).toEqual([2, expect.stringMatching(/E0002: .*byte 0x9 of /)])
    }
  })

  it('asm writes the file of a configuration, and names the place of a mistake', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tilescope-asm-'))
    const at = (name: string) => join(folder, name)
    const instance = [{ id: 'a', ctrl_code_file: 'main.asm' }]
    const kernels = [{ name: 'DPU', arguments: [], instance }]
    writeFileSync(at('c.json'), JSON.stringify({ 'xrt-kernels': kernels }))
    writeFileSync(at('part.asm'), 'START_JOB 0\nNOP\nEND_JOB\n')
    writeFileSync(at('main.asm'), '.target aie4-a\n.include part.asm\nEOF\n')
    const good = await tilescope('asm', at('c.json'), '-o', at('c.elf'), '--target', 'aie4-a')
    expect([good.code, good.err, good.out]).toEqual([0, '', ''])
    const elf = readFileSync(at('c.elf'))
    expect([...elf.subarray(0, 9)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0x56, 0x21])
    writeFileSync(at('part.asm'), 'START_JOB 0\nFROB\nEND_JOB\n')
    const bad = await tilescope('asm', at('main.asm'), '-o', at('bad.elf'))
    expect([bad.code, existsSync(at('bad.elf'))]).toEqual([2, false])
    expect(bad.err).toMatch(/part\.asm:2:1: error A0101: Invalid operation:frob/)
  })

  it('asm misses a file whose name no disk can hold', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tilescope-long-')), 'a.asm')
    writeFileSync(file, `.include ${'x'.repeat(5000)}\n`)
    const { code, err } = await tilescope('asm', file)
    expect([code, err]).toEqual([2, expect.stringMatching(/a\.asm:1:1: error A0202: File x+ not/)])
  })

  it('says what it does not know, with exit code 2', async () => {
    for (const words of [
      [],
      ['fly'],
      ['run'],
      ['run', 'public/examples/double', '--engine', 'steam'],
      ['run', '/nowhere'],
      ['lower', 'public/examples/three-controllers', '--stage', 'physical'],
      ['check', 'public'],
      ['disasm', 'public'],
      ['asm', 'public/examples/registers-pad/uc0.asm', '-o', '/nowhere/x.elf'],
    ]) {
      const { code, err } = await tilescope(...words)
      expect([code, err.includes('usage')]).toEqual([2, true])
    }
  })
})

import { describe, expect, it } from 'vitest'
import { dumpHostProgram } from '../../artifacts/host-program.ts'
import type { HostProgram } from '../../artifacts/host-program.ts'
import { Source } from '../text/source.ts'
import { compileHost, compileHostText } from './compile-host.ts'
import type { HostOptions } from './compile-host.ts'
import { parseProject } from './project.ts'
import type { Project } from './project.ts'

const raw = new Uint8Array([1, 2, 3, 4])
const options: HostOptions = {
  numTiles: 4,
  tilesPerColumn: 4,
  files: {
    text: (path) => (path === 'host.json' ? '{"steps": [{"open": {"client": "a"}}]}' : undefined),
    bytes: (path) => (path === 'in.bin' ? raw : undefined),
  },
}

function project(text: string): Project {
  const { artifact } = parseProject(text, 'project.json')
  if (!artifact) throw new Error('the project is wrong')
  return artifact
}

const plain = project('{"design": "d.mlir"}')

function steps(body: string, from: Project = plain): { program?: HostProgram; mistakes: string[] } {
  const text = `{"steps": [\n${body}\n]}`
  const source = new Source('host.json', text)
  const { artifact, diagnostics } = compileHostText(text, 'host.json', from, options)
  const mistakes = diagnostics.map((d) => {
    const { line, column } = source.place(d.at.start)
    return `${line}:${column} ${d.code}`
  })
  return { mistakes, ...(artifact ? { program: artifact } : {}) }
}

/** The bytes that one `writeBo` or `args` form gives. */
function packed(type: string, shape: number, init: string): number[] {
  const from = project(`{"design": "d", "args": [
    {"name": "A", "type": "${type}", "shape": [${shape}], "init": ${init}}]}`)
  const write = compileHost(from, options).artifact?.steps.find((step) => step.do === 'writeBo')
  return write?.do === 'writeBo' ? [...write.bytes] : []
}

const begin = `{"open": {"client": "app"}},
{"createHwctx": {"client": "app", "hwctx": "c"}},
{"createBo": {"client": "app", "bo": "A", "type": "share", "size": 64}},
`

describe('the implied program', () => {
  it('creates, fills, runs, waits, reads and checks in the order of the arguments', () => {
    const from = project(`{"design": "d", "args": [
      {"name": "A", "type": "i32", "shape": [4], "init": {"iota": {"start": 1, "step": 1}}},
      {"name": "n", "type": "i32", "scalar": 3},
      {"name": "C", "type": "i32", "shape": [4], "expect": {"fill": 2}}]}`)
    const { artifact, diagnostics } = compileHost(from, options)
    expect(diagnostics).toEqual([])
    expect(dumpHostProgram(artifact!)).toMatchInlineSnapshot(`
      "boot label implied boot
      open client app label implied open
      createHwctx client app hwctx context numTiles 4 priority 512 gops 0 fps 0 latency 0 label implied createHwctx
      createBo client app bo A type 1 size 16 label create A
      writeBo bo A offset 0 16 bytes label fill A
      syncBo bo A direction 0 offset 0 size 0 label sync A
      createBo client app bo C type 1 size 16 label create C
      exec hwctx context run(A, 3, C) label implied exec
      wait run run timeoutMs 0 label implied wait
      syncBo bo A direction 1 offset 0 size 0 label sync A
      readBo bo A offset 0 size 0 label read A
      syncBo bo C direction 1 offset 0 size 0 label sync C
      readBo bo C offset 0 size 0 label read C
      expectBo bo C offset 0 type i32 count 4 expect bytes label check C"
    `)
    expect(artifact!.codes).toMatchObject([
      { kind: 'sequence', argCount: 3, scalars: [{ index: 1, type: 'i32', value: 3 }] },
    ])
  })

  it('runs hand-written control code instead of the sequence', () => {
    const from = project('{"design": "d", "control": {"0": "a.asm", "2": "b.asm"}}')
    expect(compileHost(from, options).artifact?.codes).toMatchObject([
      { kind: 'control', files: { 0: 'a.asm', 2: 'b.asm' } },
    ])
  })

  it('says when its host file is missing', () => {
    const from = project('{"host": "other.json"}')
    expect(compileHost(from, options).diagnostics.map((d) => d.code)).toEqual(['P0008'])
    expect(compileHost(project('{"host": "host.json"}'), options).artifact?.steps).toHaveLength(2)
  })
})

describe('contents', () => {
  it('pack every type, little endian', () => {
    expect(packed('i8', 3, '{"values": [-1, 127, 200]}')).toEqual([255, 127, 200])
    expect(packed('u16', 2, '{"values": [258, 65535]}')).toEqual([2, 1, 255, 255])
    expect(packed('i32', 1, '{"fill": -2}')).toEqual([254, 255, 255, 255])
    expect(packed('i64', 1, '{"values": [-9223372036854775808]}')).toEqual([
      0, 0, 0, 0, 0, 0, 0, 128,
    ])
    expect(packed('u64', 1, '{"fill": 18446744073709551615}')).toEqual(Array(8).fill(255))
    expect(packed('f32', 2, '{"values": [1.5, "-inf"]}')).toEqual([0, 0, 192, 63, 0, 0, 128, 255])
    expect(packed('bf16', 3, '{"values": [1, 1.00390625, "nan"]}')).toEqual([
      128, 63, 128, 63, 192, 127,
    ])
  })

  it('put two 4-bit values into a byte, the low one first', () => {
    expect(packed('u4', 3, '{"values": [1, 15, 3]}')).toEqual([0xf1, 0x03])
    expect(packed('i4', 3, '{"fill": -1}')).toEqual([0xff, 0x0f])
    expect(packed('i4', 4, '{"iota": {"start": 6}}')).toEqual([0x76, 0x98])
  })

  it('count with wrapping in the type', () => {
    expect(packed('u8', 4, '{"iota": {"start": 254, "step": 1}}')).toEqual([254, 255, 0, 1])
    expect(packed('i16', 2, '{"iota": {"start": 0, "step": -1}}')).toEqual([0, 0, 255, 255])
    expect(packed('u64', 2, '{"iota": {"start": 4294967295, "step": 4294967297}}')).toEqual([
      255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0,
    ])
    expect(packed('f32', 2, '{"iota": {"start": 0.5, "step": 0.5}}')).toEqual([
      0, 0, 0, 63, 0, 0, 128, 63,
    ])
  })

  it('come from files, zeros behind a short one', () => {
    expect(packed('u8', 6, '{"file": "in.bin"}')).toEqual([1, 2, 3, 4, 0, 0])
  })

  it('that do not fit are diagnosed', () => {
    const codes = (type: string, init: string): string[] => {
      const from = project(`{"design": "d", "args": [
        {"name": "A", "type": "${type}", "shape": [2], "init": ${init}}]}`)
      return compileHost(from, options).diagnostics.map((d) => `${d.severity} ${d.code}`)
    }
    expect(codes('i8', '{"values": [1]}')).toEqual(['error P0012'])
    expect(codes('i8', '{"fill": 1.5}')).toEqual(['error P0011'])
    expect(codes('i8', '{"fill": 300}')).toEqual(['warning P0011'])
    expect(codes('i8', '{"file": "in.bin"}')).toEqual(['error P0012'])
    expect(codes('i8', '{"file": "no.bin"}')).toEqual(['error P0008'])
  })
})

describe('a step list', () => {
  it('becomes steps with the places they are written at', () => {
    const { program, mistakes } = steps(`${begin}
      {"writeBo": {"bo": "A", "type": "i32", "init": {"iota": {"start": 1}}}},
      {"repeat": {"times": 3, "steps": [
        {"exec": {"hwctx": "c", "run": "r", "sequence": "s", "args": ["A", {"addressOf": "A", "plus": 8}]}},
        {"wait": {"run": "r", "timeoutMs": 10, "state": "error"}}]}},
      {"mark": "checked"}, {"sleep": {"us": 2.5}},
      {"expectBo": {"bo": "A", "type": "i32", "offset": 8, "expect": {"iota": {"start": 3}}}},
      {"createBo": {"client": "app", "bo": "H", "type": "heap", "size": 1}, "errno": "EINVAL"},
      {"destroyHwctx": {"hwctx": "c"}}, {"close": {"client": "app"}}`)
    expect(mistakes).toEqual([])
    expect(dumpHostProgram(program!)).toMatchInlineSnapshot(`
      "boot label implied boot
      open client app label steps[0]
      createHwctx client app hwctx c numTiles 4 priority 512 gops 0 fps 0 latency 0 label steps[1]
      createBo client app bo A type 1 size 64 label steps[2]
      writeBo bo A offset 0 64 bytes label steps[3]
      loop times 3 end 8 label steps[4]
      exec hwctx c r(A, &A+8) label steps[4].repeat.steps[0]
      wait run r timeoutMs 10 state error label steps[4].repeat.steps[1]
      again begin 5 label steps[4]
      mark name checked label steps[5]
      sleep us 2.5 label steps[6]
      expectBo bo A offset 8 type i32 count 14 expect bytes label steps[7]
      createBo client app bo H type 2 size 1 label steps[8] errno EINVAL
      destroyHwctx hwctx c label steps[9]
      close client app label steps[10]"
    `)
    expect(program!.steps.map((s) => s.number)).toEqual([
      -1, 0, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9, 10,
    ])
  })

  it('lists a chain, and each kind of control code once', () => {
    const { program } = steps(`${begin}
      {"exec": {"hwctx": "c", "chain": [
        {"run": "r0", "sequence": "s", "args": ["A"]}, {"run": "r1", "control": {"0": "x.asm"}},
        {"run": "r2", "sequence": "s", "args": ["A"]}]}},
      {"wait": {"run": "r1"}}`)
    const exec = program!.steps.find((s) => s.do === 'exec')
    expect(exec).toMatchObject({
      chain: 3,
      commands: [
        { run: 0, code: 0 },
        { run: 1, code: 1 },
        { run: 2, code: 0 },
      ],
    })
  })

  it('binds wait to the latest command of that name', () => {
    const { program } = steps(`${begin}
      {"exec": {"hwctx": "c", "run": "r"}}, {"wait": {"run": "r"}},
      {"exec": {"hwctx": "c", "run": "r"}}, {"wait": {"run": "r"}}`)
    expect(
      program!.steps.filter((s) => s.do === 'wait').map((s) => s.do === 'wait' && s.run),
    ).toEqual([0, 1])
  })

  it('checks names before the run', () => {
    expect(
      steps('{"createBo": {"client": "x", "bo": "A", "type": "share", "size": 1}}').mistakes,
    ).toEqual(['2:25 H0204'])
    expect(steps(`${begin}{"open": {"client": "app"}}`).mistakes).toEqual(['5:21 H0009'])
    expect(steps(`${begin}{"wait": {"run": "r"}}`).mistakes).toEqual(['5:18 H0204'])
    expect(steps(`${begin}{"exec": {"hwctx": "c", "run": "r", "args": ["B"]}}`).mistakes).toEqual([
      '5:46 H0204',
    ])
    expect(
      steps(`${begin}{"destroyBo": {"bo": "A"}}, {"destroyBo": {"bo": "A"}, "errno": "EINVAL"}`)
        .mistakes,
    ).toEqual([])
  })

  it('makes no name of what is to be refused, so that it can be tried again', () => {
    const bo = '{"createBo": {"client": "app", "bo": "B", "type": "dev", "size": 64}'
    const hwctx = '{"createHwctx": {"client": "app", "hwctx": "d", "numTiles": 0}'
    const retried = `${begin}${bo}, "errno": "EAGAIN"}, ${bo}},
${hwctx}, "errno": "EINVAL"}, ${hwctx}}, {"open": {"client": "q"}, "errno": "ENODEV"}, {"open": {"client": "q"}}`
    expect(steps(retried).mistakes).toEqual([])
    const part = '{"createPartition": {"partition": "p", "start": 0, "count": 1}'
    expect(steps(`${part}, "errno": "EINVAL"}, ${part}}`).mistakes).toEqual([])
    expect(steps(`${begin}${bo}}, ${bo}, "errno": "EAGAIN"}`).mistakes).toEqual(['5:109 H0009'])
  })

  it('lets a reply become a buffer object of the process that asks, or a buffer of its own', () => {
    const array = '"array": 2, "elementSize": 24, "numElement": 1'
    const { program, mistakes } = steps(`${begin}
      {"query": {"client": "app", ${array}, "into": "A"}},
      {"query": {"client": "app", ${array}, "into": "last"}},
      {"query": {"client": "app", "info": 8, "bufferSize": 16, "into": "last"}},
      {"expectBo": {"bo": "last", "type": "u32", "expect": {"fill": 0}}}`)
    expect(mistakes).toEqual([])
    expect(dumpHostProgram(program!).split('\n').slice(4)).toEqual([
      'query client app of array param 2 size 24 elements 1 bo A label steps[3]',
      'query client app of array param 2 size 24 elements 1 bo last label steps[4]',
      'query client app of info param 8 size 16 elements 1 bo last label steps[5]',
      'expectBo bo last offset 0 type u32 count 4 expect bytes label steps[6]',
    ])
  })

  it.each(['aie4', 'npu4', 'npu1'])('lets a program for %s ask for the last error', (device) => {
    const { program, mistakes } = steps(
      `${begin}
      {"query": {"client": "app", "array": 2, "elementSize": 24, "numElement": 1, "into": "last"}},
      {"expectBo": {"bo": "last", "type": "u64", "expect": {"values": [0, 0, 0]}}},
      {"query": {"client": "app", "array": 0, "elementSize": 160, "numElement": 4, "into": "all"},
       "errno": "EOPNOTSUPP"}`,
      project(`{"device": "${device}", "design": "d.mlir"}`),
    )
    expect(mistakes).toEqual([])
    expect(dumpHostProgram(program!).split('\n').slice(4)).toEqual([
      'query client app of array param 2 size 24 elements 1 bo last label steps[3]',
      'expectBo bo last offset 0 type u64 count 3 expect bytes label steps[4]',
      'query client app of array param 0 size 160 elements 4 bo all label steps[5] errno EOPNOTSUPP',
    ])
  })

  it('says what is wrong with a query', () => {
    const array = '"array": 2, "elementSize": 24, "numElement": 1'
    const ask = (fields: string) =>
      steps(`${begin}{"query": {"client": "app", ${fields}}}`).mistakes
    expect(ask(array)).toEqual(['5:11 H0005'])
    expect(ask('"into": "x"')).toEqual(['5:11 H0005'])
    expect(ask('"array": 2, "into": "x"')).toEqual(['5:11 H0005'])
    expect(ask('"info": 2, "bufferSize": 8, "numElement": 1, "into": "x"')).toEqual(['5:57 H0003'])
    expect(ask('"info": -1, "bufferSize": 8, "into": "x"')).toEqual(['5:37 H0006'])
    expect(ask('"array": 2, "elementSize": 65536, "numElement": 65536, "into": "x"')).toEqual([
      '5:92 H0006',
    ])
    const other = '{"open": {"client": "b"}}, {"query": {"client": "b",'
    expect(
      steps(`${begin}${other} ${array}, "into": "A"}}`).mistakes.map((m) => m.slice(-5)),
    ).toEqual(['H0009'])
  })

  it('makes virtual functions, gives them to VMs and opens them', () => {
    const { program, mistakes } = steps(
      `{"sriov": {"numVfs": 2}}, {"sriov": {"numVfs": 1, "pci": "noRoom"}},
      {"sriov": {"assigned": [0, 3]}}, {"open": {"client": "a", "vf": 1, "user": 5}}`,
    )
    expect(mistakes).toEqual([])
    expect(program?.steps.slice(1)).toMatchObject([
      { do: 'sriov', numVfs: 2 },
      { do: 'sriov', numVfs: 1, noRoom: true },
      { do: 'sriov', assigned: [0, 3] },
      { do: 'open', client: 0, vf: 1, user: 5 },
    ])
    expect(steps('{"sriov": {}}').mistakes).toEqual(['2:11 H0005'])
    expect(steps('{"sriov": {"numVfs": -1}}').mistakes).toEqual(['2:22 H0006'])
    expect(steps('{"sriov": {"numVfs": 1, "assigned": [0]}}').mistakes).toEqual(['2:22 H0006'])
    expect(steps('{"sriov": {"assigned": [64]}}').mistakes).toEqual(['2:25 H0006'])
    expect(steps('{"open": {"client": "a", "vf": 64}}').mistakes).toEqual(['2:32 H0006'])
  })

  it('knows what is not emulated yet, and what does not exist', () => {
    const hint = '{"hint": {"hwctx": "c", "gops": 1, "slider": "saver"}}'
    expect(steps(`${begin}${hint}`).mistakes).toEqual(['5:46 H0203'])
    expect(steps('{"opne": {"client": "a"}}').mistakes).toEqual(['2:2 H0201'])
    expect(steps('{"open": {"client": "a"}, "mark": "x"}').mistakes).toEqual(['2:1 H0202'])
    expect(steps('{"open": {"client": "a", "clinet": "b"}}').mistakes).toEqual(['2:26 H0003'])
    expect(steps('{"open": {"client": "a"}, "errno": "EWRONG"}').mistakes).toEqual(['2:36 H0006'])
    const deep = '{"repeat": {"times": 1, "steps": ['.repeat(9) + ']}}'.repeat(9)
    expect(steps(deep).mistakes.map((m) => m.split(' ')[1])).toEqual(['H0206'])
    const bare = project('{"host": "host.json"}')
    expect(steps(`${begin}{"exec": {"hwctx": "c", "run": "r"}}`, bare).mistakes).toEqual([
      '5:10 H0205',
    ])
  })
})

describe('submission by the process itself', () => {
  const user =
    '{"open": {"client": "app"}},\n{"createHwctx": {"client": "app", "hwctx": "c", "submission": "user"}},\n'

  it('is said where a context is created, and then doorbells can be left out or rung alone', () => {
    const { program, mistakes } = steps(
      `${user}{"exec": {"hwctx": "c", "run": "r", "ring": false}},\n{"ring": {"hwctx": "c"}}`,
    )
    expect(mistakes).toEqual([])
    expect(program?.steps.slice(-3)).toMatchObject([
      { do: 'createHwctx', userMode: true },
      { do: 'exec', ring: false },
      { do: 'ring', hwctx: 0 },
    ])
  })

  it('is what a doorbell that is left out needs', () => {
    const kernel = user.replace('"user"', '"kernel"')
    const { mistakes } = steps(`${kernel}{"exec": {"hwctx": "c", "run": "r", "ring": false}}`)
    expect(mistakes).toEqual(['4:45 H0006'])
    expect(steps('{"ring": {"hwctx": "c"}}').mistakes).toEqual(['2:20 H0204'])
  })
})

describe('threads', () => {
  const mark = (name: string) => `{"mark": "${name}"}`

  it('are lists of steps, each ending where the thread does', () => {
    const { program, mistakes } = steps(
      `{"parallel": [[${mark('a')}, ${mark('b')}], [${mark('c')}]]}, ${mark('d')}`,
    )
    expect(mistakes).toEqual([])
    expect(program?.steps.slice(1)).toMatchObject([
      { do: 'fork', begins: [2, 5], end: 7 },
      { do: 'mark', name: 'a', label: 'steps[0].parallel[0][0]' },
      { do: 'mark', name: 'b' },
      { do: 'join' },
      { do: 'mark', name: 'c' },
      { do: 'join' },
      { do: 'mark', name: 'd' },
    ])
  })

  it('are lists of lists, and sixteen at most', () => {
    expect(steps('{"parallel": {}}').mistakes).toEqual(['2:14 H0004'])
    expect(steps('{"parallel": [[], {}]}').mistakes).toEqual(['2:14 H0004'])
    const lists = (n: number) => Array.from({ length: n }, () => '[]').join()
    expect(steps(`{"parallel": [${lists(15)}]}`).mistakes).toEqual([])
    expect(steps(`{"parallel": [${lists(16)}]}`).mistakes).toEqual(['2:14 H0006'])
    expect(steps(`{"parallel": [[{"parallel": [${lists(15)}]}]]}`).mistakes).toEqual(['2:29 H0006'])
    expect(steps(`{"parallel": [[{"nap": {}}]]}`).mistakes).toEqual(['2:17 H0201'])
  })
})

describe('commands of a chain', () => {
  it('are those of a step before when only their run is named', () => {
    const { program, mistakes } =
      steps(`${begin}{"exec": {"hwctx": "c", "run": "r", "args": ["A"], "submit": false}},
{"exec": {"hwctx": "c", "chain": [{"run": "r"}, {"run": "s", "args": ["A"]}, {"run": "t"}]}}`)
    expect(mistakes).toEqual([])
    const [first, chain] = program!.steps.filter((step) => step.do === 'exec')
    expect(first).toMatchObject({ submit: false, commands: [{ run: 0 }] })
    expect(chain!.commands).toMatchObject([
      { run: 0, built: true, args: [{ kind: 'bo' }] },
      { run: 1, args: [{ kind: 'bo' }] },
      { run: 2, args: [] },
    ])
    expect(chain!.commands.map((part) => part.built)).toEqual([true, undefined, undefined])
  })
})

describe('the power step', () => {
  const power = (body: string) => steps(`${begin}{"power": {"client": "app", ${body}}}`)

  it('sets a mode by word or number, or whether preemption is forced', () => {
    for (const [body, expected] of [
      ['"mode": "powersaver"', { set: 'mode', value: 1 }],
      ['"mode": 5', { set: 'mode', value: 5 }],
      ['"forcePreemption": true', { set: 'forcePreemption', value: 1 }],
      ['"forcePreemption": 2', { set: 'forcePreemption', value: 2 }],
    ] as const) {
      expect(power(body).mistakes).toEqual([])
      expect(power(body).program?.steps.at(-1)).toMatchObject({ do: 'power', ...expected })
    }
  })

  it('sets exactly one of them, of a client that there is', () => {
    expect(power('"x": 1').mistakes).toEqual(['5:11 H0005', '5:29 H0003'])
    expect(power('"mode": 1, "forcePreemption": true').mistakes).toEqual(['5:59 H0006'])
    expect(power('"mode": "fast"').mistakes).toEqual(['5:37 H0006'])
    expect(power('"mode": 256').mistakes).toEqual(['5:37 H0006'])
    expect(power('"forcePreemption": "yes"').mistakes).toEqual(['5:48 H0004'])
  })

  it('is for processes whose user is said when they open the device', () => {
    const { program } = steps('{"open": {"client": "app", "user": 1000}}')
    expect(program?.steps.at(-1)).toMatchObject({ do: 'open', user: 1000 })
  })
})

describe('a boot', () => {
  it('is implied in front of the first step, unless that is one; the name of a phase does not count', () => {
    const kinds = (text: string) => steps(text).program?.steps.map((step) => step.do)
    expect(kinds('{"mark": "a"}, {"boot": {}}')).toEqual(['mark', 'boot'])
    expect(kinds('{"mark": "a"}, {"open": {"client": "c"}}')).toEqual(['boot', 'mark', 'open'])
    expect(kinds('{"sleep": {"us": 1}}, {"boot": {}}')).toEqual(['boot', 'sleep', 'boot'])
  })

  it('finds what its fields say', () => {
    const { program } =
      steps(`{"boot": {"firmware": {"protocol": "5.1", "hostQueue": "2.0", "npu": "missing",
      "cert": 99, "valid": false, "smu": "silent", "psp": "refuses", "mailbox": "silent"},
      "pci": {"device": "0x17f2", "revision": 16}}}`)
    expect(program?.steps[0]).toMatchObject({
      do: 'boot',
      faults: {
        protocol: [5, 1],
        hostQueue: [2, 0],
        npuBytes: -1,
        certBytes: 99,
        neverValid: true,
        smu: 'silent',
        psp: 'refuses',
        mailboxSilent: true,
        device: 0x17f2,
        revision: 16,
      },
    })
    expect(steps('{"boot": {"firmware": {"valid": true}}}').program?.steps[0]).toEqual(
      expect.not.objectContaining({ faults: expect.anything() }),
    )
  })

  it('and sleep, wake-up and reset may be of a VF', () => {
    const { program } = steps(
      '{"suspend": {"runtime": true, "vf": 1}}, {"resume": {"vf": 1}}, {"flr": {"vf": 0}}',
    )
    expect(program?.steps.slice(1)).toMatchObject([
      { do: 'suspend', runtime: true, vf: 1 },
      { do: 'resume', vf: 1 },
      { do: 'flr', vf: 0 },
    ])
    expect(steps('{"suspend": {"runtime": 1}}').mistakes).toEqual([expect.stringMatching(/H0004$/)])
    expect(steps('{"flr": {"now": true}}').mistakes).toEqual([expect.stringMatching(/H0003$/)])
  })
})

describe('states', () => {
  const state = (body: string) => steps(`${begin}{"expectState": ${body}}`)

  it('are numbers of one client or buffer, each whole or under a mask', () => {
    const { program, mistakes } = steps(`${begin}
{"expectState": {"client": {"client": "app", "totalBytes": 64, "heapChunks": {"mask": 1, "value": 0}}}},
{"expectState": {"bo": {"bo": "A", "address": "0x7f0", "size": 64}}}`)
    expect(mistakes).toEqual([])
    const found = program?.steps.filter((step) => step.do === 'expectState')
    expect(found).toMatchObject([
      {
        of: 'client',
        what: 0,
        fields: [
          { key: 'totalBytes', value: 64 },
          { key: 'heapChunks', mask: 1, value: 0 },
        ],
      },
      {
        of: 'bo',
        what: 0,
        fields: [
          { key: 'address', value: 0x7f0 },
          { key: 'size', value: 64 },
        ],
      },
    ])
  })

  it('are of exactly one thing that exists, and have the numbers that it has', () => {
    expect(state('{}').mistakes).toEqual(['5:17 H0202'])
    expect(state('{"bo": {"bo": "A"}, "client": {"client": "app"}}').mistakes).toEqual([
      '5:17 H0202',
    ])
    expect(state('{"bo": {"bo": "B"}}').mistakes).toEqual(['5:31 H0204'])
    expect(state('{"bo": {"bo": "A", "heapBytes": 1}}').mistakes).toEqual(['5:36 H0003'])
    expect(state('{"bo": {"bo": "A", "size": -1}}').mistakes).toEqual(['5:44 H0006'])
    expect(state('{"bo": {"bo": "A", "size": "x"}}').mistakes).toEqual(['5:44 H0006'])
    expect(state('{"bo": {"bo": "A", "size": {"mask": 1}}}').mistakes).toEqual(['5:44 H0005'])
  })

  it('of a run are its words and the health of its uCs, of which each is named by its index', () => {
    const run = `{"exec": {"hwctx": "c", "run": "r", "args": ["A"]}},\n`
    const { program, mistakes } = steps(`${begin}${run}{"expectState": {"run": {"run": "r",
"state": "timeout", "code": {"mask": 15, "value": 3}, "errorIndex": 2,
"health": {"version": 1, "generation": 1, "errorType": 5, "uc": [{"index": 2, "misc": 2}]}}}}`)
    expect(mistakes).toEqual([])
    expect(program?.steps.at(-1)).toMatchObject({
      of: 'run',
      fields: [
        { key: 'state', value: 8, asWord: true },
        { key: 'code', value: 3, mask: 15 },
        { key: 'errorIndex', value: 2 },
        { key: 'health.version', value: 1 },
        { key: 'health.generation', value: 1 },
        { key: 'health.errorType', value: 5 },
        { key: 'health.uc.index', value: 2, uc: 2 },
        { key: 'health.uc.misc', value: 2, uc: 2 },
      ],
    })
    const wrong = (body: string) =>
      steps(`${begin}${run}{"expectState": {"run": {"run": "r", ${body}}}}`).mistakes
    expect(wrong('"state": "slow"')).toEqual(['6:47 H0006'])
    expect(wrong('"health": {"uc": [{"misc": 2}]}')).toEqual(['6:56 H0005'])
    expect(wrong('"health": {"uc": [1]}')).toEqual(['6:56 H0004'])
    expect(wrong('"health": {"uc": [{"index": 0, "mist": 2}]}')).toEqual(['6:69 H0003'])
    expect(wrong('"health": 1')).toEqual(['6:48 H0004'])
  })

  it('of a context may be words, and the number of one that the firmware has not is -1', () => {
    const { program, mistakes } = steps(
      `${begin}{"expectState": {"hwctx": {"hwctx": "c", "state": "active", "fwId": -1, "numCol": 3}}}`,
    )
    expect(mistakes).toEqual([])
    expect(program?.steps.at(-1)).toMatchObject({
      of: 'hwctx',
      fields: [
        { key: 'fwId', value: -1 },
        { key: 'state', value: 1, asWord: true },
        { key: 'numCol', value: 3 },
      ],
    })
    expect(state('{"hwctx": {"hwctx": "d"}}').mistakes).toEqual(['5:37 H0204'])
  })

  it('of the device are its power mode, its clock, whether it sleeps, and its VFs', () => {
    expect(state('{"device": {"powerMode": "turbo"}}').mistakes).toEqual([])
    expect(state('{"device": {"powerMode": 4, "vfs": 2}}').mistakes).toEqual([])
    expect(state('{"device": {"powerMode": "medium"}}').mistakes).toEqual([])
    expect(state('{"device": {"suspended": true}}').program?.steps.at(-1)).toMatchObject({
      fields: [{ key: 'suspended', value: 1 }],
    })
    expect(state('{"device": {"clockMHz": 1200}}').mistakes).toEqual([])
  })
})

describe('a buffer', () => {
  it('of any type can be asked for, grown or not', () => {
    const { program } = steps(`${begin}
{"createBo": {"client": "app", "bo": "D", "type": "dev", "size": 1, "grow": false}},
{"createBo": {"client": "app", "bo": "H", "type": "heap", "size": 0}}`)
    expect(program?.steps.slice(-2)).toMatchObject([
      { type: 3, size: 1, grow: false },
      { type: 2, size: 0 },
    ])
  })
})

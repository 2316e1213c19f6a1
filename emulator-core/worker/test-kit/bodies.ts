/** What a core does with its objects: text in two languages and its meaning. */
import type { Choices } from './choices.ts'
import type { Word } from './elements.ts'
import { bitsOf, unsigned, words, wrap } from './elements.ts'

/** One step on a number `v` of type `w`, with a constant. */
interface Step {
  readonly op: string
  readonly constant: number
}

interface Meaning {
  readonly js: (v: number, c: number, w: Word) => number
  /** Right side of an assignment to `v`; absent: design text only. */
  readonly cpp: (c: number, w: Word) => string
  /** Function of the vector API that does the same with a vector and a number. */
  readonly vector?: string
  /** Design text when it is more than one operation: makes `to` of `from` and the constant `k`. */
  readonly text?: (to: string, from: string, k: string, w: Word) => string
}

const u = (w: Word) => `uint${bitsOf(w)}_t`
const s = (w: Word) => `int${bitsOf(w)}_t`
const viaUnsigned = (sign: string) => (c: number, w: Word) =>
  `(${s(w)})((uint32_t)v ${sign} (uint32_t)${c})`

const steps: Readonly<Record<string, Meaning>> = {
  addi: { js: (v, c) => v + c, cpp: viaUnsigned('+'), vector: 'add' },
  subi: { js: (v, c) => v - c, cpp: viaUnsigned('-'), vector: 'sub' },
  muli: { js: (v, c) => Math.imul(v, c), cpp: viaUnsigned('*') },
  xori: { js: (v, c) => v ^ c, cpp: (c) => `v ^ ${c}` },
  andi: { js: (v, c) => v & c, cpp: (c) => `v & ${c}` },
  ori: { js: (v, c) => v | c, cpp: (c) => `v | ${c}` },
  maxsi: { js: (v, c) => Math.max(v, c), cpp: (c) => `v > ${c} ? v : ${c}`, vector: 'max' },
  minsi: { js: (v, c) => Math.min(v, c), cpp: (c) => `v < ${c} ? v : ${c}`, vector: 'min' },
  shli: { js: (v, c) => v << c, cpp: viaUnsigned('<<') },
  shrsi: { js: (v, c) => v >> c, cpp: (c) => `v >> ${c}` },
  shrui: { js: (v, c, w) => unsigned(v, w) >>> c, cpp: (c, w) => `(${s(w)})((${u(w)})v >> ${c})` },
  divsi: { js: (v, c) => Math.trunc(v / c), cpp: (c, w) => `(${s(w)})(v / ${c})` },
  remsi: { js: (v, c) => v % c, cpp: (c, w) => `(${s(w)})(v % ${c})` },
  choose: {
    js: (v, c) => (v < c ? c : v ^ c),
    cpp: (c) => `v < ${c} ? ${c} : v ^ ${c}`,
    text: (to, from, k, w) => `%less = arith.cmpi slt, ${from}, ${k} : ${w}
      ${to} = scf.if %less -> (${w}) {
        scf.yield ${k} : ${w}
      } else {
        %other = arith.xori ${from}, ${k} : ${w}
        scf.yield %other : ${w}
      }`,
  },
  select: {
    js: (v, c, w) => (unsigned(v, w) > unsigned(c, w) ? v : c),
    cpp: (c, w) => `(${u(w)})v > (${u(w)})${c} ? v : ${c}`,
    text: (to, from, k, w) => `%more_bits = arith.cmpi ugt, ${from}, ${k} : ${w}
      ${to} = arith.select %more_bits, ${from}, ${k} : ${w}`,
  },
  remui: {
    js: (v, c, w) => unsigned(v, w) % unsigned(c, w),
    cpp: (c, w) => `(${s(w)})((${u(w)})v % (${u(w)})${c})`,
  },
}

function step(c: Choices, word: Word, vector: boolean): Step {
  const op = c.of(Object.keys(steps).filter((name) => !vector || steps[name]!.vector))
  if (op.startsWith('sh')) return { op, constant: c.between(1, bitsOf(word) - 1) }
  if (op === 'remui' || op === 'divsi' || op === 'remsi') return { op, constant: c.between(1, 100) }
  return { op, constant: c.between(-100, 100) }
}

/**
 * How a core makes `outputs` numbers of `inputs` numbers: each on its own, all together, or with a memory of what came
 * before.
 */
type Kind = 'map' | 'sum' | 'running'

export interface Body {
  readonly kind: Kind
  readonly from: Word
  readonly to: Word
  readonly inputs: number
  readonly outputs: number
  /** How many objects are combined into one: 2 adds the second input to the first before anything else. */
  readonly operands: number
  readonly steps: readonly Step[]
  readonly language: 'design' | 'cpp' | 'vector'
  /** Spelling of the inner loop of a design body. */
  readonly loop: 'scf' | 'affine' | 'nested' | 'while'
  /** Adds the place of each number. */
  readonly position: boolean
  /** Widens without the sign. */
  readonly unsigned: boolean
  /** A number that a scalar kernel takes as unsigned and the design passes with a sign. */
  readonly bias?: { readonly word: Word; readonly value: number }
}

/** A body for objects of `inputs` numbers; with `keeps`, as many of the same type come out. */
export function chooseBody(
  c: Choices,
  from: Word,
  inputs: number,
  operands: number,
  keeps = false,
): Body {
  const lanes = 256 / bitsOf(from)
  const language = c.of([
    'design',
    'design',
    'cpp',
    inputs % lanes === 0 ? 'vector' : 'cpp',
  ] as const)
  const kinds = keeps
    ? (['map', 'map', 'running'] as const)
    : (['map', 'map', 'running', 'sum'] as const)
  const kind: Kind = language === 'design' ? c.of(kinds) : 'map'
  const vector = language === 'vector'
  const wider = words.filter((w) => bitsOf(w) >= bitsOf(from))
  const to =
    kind === 'sum' ? 'i32' : vector || keeps || kind === 'running' ? from : c.of([from, ...wider])
  return {
    kind,
    from,
    to,
    inputs,
    outputs: kind === 'sum' ? 1 : inputs,
    operands,
    steps: Array.from({ length: c.between(1, 3) }, () => step(c, to, vector)),
    language,
    loop: c.of(['scf', 'affine', 'nested', 'while'] as const),
    position: language === 'design' && c.rarely(),
    unsigned: language === 'design' && c.rarely(),
    ...(language === 'cpp' && c.rarely(2)
      ? { bias: { word: c.of(words), value: c.between(-100, 100) } }
      : {}),
  }
}

/** What the body makes of one firing. `state` is a single number that lives as long as the core. */
export function apply(
  body: Body,
  objects: readonly (readonly number[])[],
  state: number[],
): number[] {
  const { kind, from, to } = body
  const widened = (v: number) => wrap(body.unsigned ? unsigned(v, from) : v, to)
  const values = objects[0]!.map((_, i) => {
    const all = objects.reduce((sum, object) => wrap(sum + widened(object[i]!), to), 0)
    const biased = body.bias ? wrap(all + unsigned(body.bias.value, body.bias.word), to) : all
    const placed = body.position ? wrap(biased + i, to) : biased
    return body.steps.reduce(
      (v, { op, constant }) => wrap(steps[op]!.js(v, constant, to), to),
      placed,
    )
  })
  if (kind === 'map') return values
  if (kind === 'sum') return [values.reduce((sum, v) => wrap(sum + v, to), 0)]
  return values.map((v) => (state[0] = wrap(state[0]! + v, to)))
}

/**
 * The inner loop as design text: reads `inputs`, writes `output`; `state` names the buffer of a running sum, `tag` goes
 * behind every name that the text defines.
 */
export function bodyText(
  body: Body,
  inputs: readonly string[],
  output: string,
  state: string,
  tag: string,
): string {
  const outer = new Set([...inputs, output, state, '%c0', '%c1'])
  return plainText(body, inputs, output, state).replace(/%\w+/g, (name) =>
    outer.has(name) ? name : `${name}_${tag}`,
  )
}

function plainText(body: Body, inputs: readonly string[], output: string, state: string): string {
  const { kind, from, to, inputs: count } = body
  const source = `memref<${count}x${from}>`
  const target = `memref<${body.outputs}x${to}>`
  if (body.language !== 'design') {
    const { bias } = body
    const types = [...inputs.map(() => source), target, ...(bias ? [bias.word] : [])].join(', ')
    const operands = [...inputs, output, ...(bias ? ['%bias'] : [])].join(', ')
    const constant = bias ? `%bias = arith.constant ${bias.value} : ${bias.word}\n    ` : ''
    return `${constant}func.call @${kernelName(body)}(${operands}) : (${types}) -> ()`
  }
  const lines: string[] = []
  inputs.forEach((input, k) => {
    const narrow = `%n${k}`
    const load = body.loop === 'affine' ? 'affine.load' : 'memref.load'
    lines.push(`${narrow} = ${load} ${input}[%i] : ${source}`)
    const widen = body.unsigned ? 'arith.extui' : 'arith.extsi'
    if (to !== from) lines.push(`%e${k} = ${widen} ${narrow} : ${from} to ${to}`)
  })
  const operand = (k: number) => (to === from ? `%n${k}` : `%e${k}`)
  let last = operand(0)
  for (let k = 1; k < inputs.length; k++) {
    lines.push(`%s${k} = arith.addi ${last}, ${operand(k)} : ${to}`)
    last = `%s${k}`
  }
  if (body.position) {
    lines.push(
      `%place = arith.index_cast %i : index to ${to}`,
      `%placed = arith.addi ${last}, %place : ${to}`,
    )
    last = '%placed'
  }
  body.steps.forEach(({ op, constant }, k) => {
    const { text } = steps[op]!
    const result = `%v${k}`
    const made = text
      ? text(result, last, `%k${k}`, to).replace(/%(less|other|more_bits)/g, `%$1${k}`)
      : `${result} = arith.${op} ${last}, %k${k} : ${to}`
    lines.push(`%k${k} = arith.constant ${constant} : ${to}`, made)
    last = result
  })
  if (kind === 'sum') return sumText(lines, last, count, output, target)
  if (kind === 'running') {
    lines.push(
      `%old = memref.load ${state}[%c0] : memref<1x${to}>`,
      `%new = arith.addi %old, ${last} : ${to}`,
      `memref.store %new, ${state}[%c0] : memref<1x${to}>`,
    )
    last = '%new'
  }
  lines.push(`memref.store ${last}, ${output}[%i] : ${target}`)
  return loopText(body, count, lines)
}

function sumText(
  lines: string[],
  last: string,
  count: number,
  output: string,
  target: string,
): string {
  return `%zero = arith.constant 0 : i32
    %bound = arith.constant ${count} : index
    %total = scf.for %i = %c0 to %bound step %c1 iter_args(%sofar = %zero) -> (i32) {
      ${lines.join('\n      ').replaceAll('affine.load', 'memref.load')}
      %more = arith.addi %sofar, ${last} : i32
      scf.yield %more : i32
    }
    memref.store %total, ${output}[%c0] : ${target}`
}

function loopText(body: Body, count: number, lines: readonly string[]): string {
  const inner = lines.join('\n      ')
  if (body.loop === 'affine') return `affine.for %i = 0 to ${count} {\n      ${inner}\n    }`
  if (body.loop === 'while') {
    return `%bound = arith.constant ${count} : index
    %last = scf.while (%at = %c0) : (index) -> index {
      %more = arith.cmpi ult, %at, %bound : index
      scf.condition(%more) %at : index
    } do {
    ^bb0(%i: index):
      ${inner}
      %next = arith.addi %i, %c1 : index
      scf.yield %next : index
    }`
  }
  const width = [4, 3, 2].find((w) => count % w === 0)
  if (body.loop === 'nested' && width) {
    return `%wide = arith.constant ${width} : index
    %high = arith.constant ${count / width} : index
    scf.for %y = %c0 to %high step %c1 {
      scf.for %x = %c0 to %wide step %c1 {
      %line = arith.muli %y, %wide : index
      %i = arith.addi %line, %x : index
      ${inner}
      }
    }`
  }
  return `%bound = arith.constant ${count} : index
    scf.for %i = %c0 to %bound step %c1 {\n      ${inner}\n    }`
}

/** Name of the kernel function that does what the body says. */
export function kernelName(body: Body): string {
  const parts = body.steps.map(
    ({ op, constant }) => `${op}${constant < 0 ? 'm' : ''}${Math.abs(constant)}`,
  )
  const bias = body.bias ? [`bias${body.bias.word}`] : []
  return [body.language, body.from, body.to, body.inputs, body.operands, ...bias, ...parts].join(
    '_',
  )
}

export function kernelDeclaration(body: Body): string {
  const source = Array.from({ length: body.operands }, () => `memref<${body.inputs}x${body.from}>`)
  const bias = body.bias ? [body.bias.word] : []
  const types = [...source, `memref<${body.outputs}x${body.to}>`, ...bias]
  return `func.func private @${kernelName(body)}(${types.join(', ')})`
}

/** The kernel function in C++, scalar or with the vector API. */
export function kernelText(body: Body): string {
  const names = Array.from({ length: body.operands }, (_, k) => `in${k}`)
  const parameters = [
    ...names.map((n) => `const ${s(body.from)} *__restrict ${n}`),
    `${s(body.to)} *__restrict out`,
    ...(body.bias ? [`${u(body.bias.word)} bias`] : []),
  ].join(', ')
  const inner = body.language === 'vector' ? vectorText(body, names) : scalarText(body, names)
  return `extern "C" void ${kernelName(body)}(${parameters}) {\n${inner}\n}\n`
}

function scalarText(body: Body, names: readonly string[]): string {
  const terms = names.map((n) => `(uint32_t)(int32_t)${n}[i]`)
  const sum = [...terms, ...(body.bias ? ['(uint32_t)bias'] : [])].join(' + ')
  const lines = body.steps.map(
    ({ op, constant }) => `    v = ${steps[op]!.cpp(constant, body.to)};`,
  )
  return `  for (int i = 0; i < ${body.inputs}; i++) {
    ${s(body.to)} v = (${s(body.to)})(${sum});
${lines.join('\n')}
    out[i] = v;
  }`
}

function vectorText(body: Body, names: readonly string[]): string {
  const lanes = 256 / bitsOf(body.from)
  const sum = names.slice(1).map((n) => `    v = aie::add(v, aie::load_v<${lanes}>(${n} + i));`)
  const lines = body.steps.map(
    ({ op, constant }) => `    v = aie::${steps[op]!.vector}(v, (${s(body.to)})${constant});`,
  )
  return `  for (int i = 0; i < ${body.inputs}; i += ${lanes}) {
    aie::vector<${s(body.from)}, ${lanes}> v = aie::load_v<${lanes}>(${names[0]} + i);
${[...sum, ...lines].join('\n')}
    aie::store_v(out + i, v);
  }`
}

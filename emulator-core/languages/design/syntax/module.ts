/** Reads a whole file: aliases, operations in both written forms, and the counts of what could not be read. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Report } from '../../text/source.ts'
import type { Source } from '../../text/source.ts'
import { codeOf } from '../codes.ts'
import { canonicalName, rowOf } from '../ops/registry.ts'
import type { OpDraft } from '../ops/row.ts'
import { skipParentheses } from './attributes.ts'
import { Kind, unquote } from './lexer.ts'
import { Parser } from './parser.ts'
import type { Op, Operand, Value } from './tree.ts'
import { unknownType } from './tree.ts'

/** Uses of an operation that nobody knows or nobody emulates. */
interface Seen {
  readonly at: Span
  count: number
}

/** Everything at the top of a file; the `module` wrapper is taken off. */
export interface ParsedFile {
  readonly ops: readonly Op[]
}

interface ResultName {
  readonly name: string
  readonly count: number
  readonly at: Span
}

/** Reads a file. Mistakes go to `report`; reading always goes on to the end. */
export function parseFile(source: Source, report: Report): ParsedFile {
  const reader = new Reader()
  const p = new Parser(source, report, rowOf, (q) => reader.operation(q))
  const ops: Op[] = []
  while (!p.atEnd) {
    const before = p.lexer.start
    if (p.kind === Kind.hash || p.kind === Kind.bang) p.guard(() => alias(p))
    else if (p.is('{')) skipResources(p)
    else {
      const op = p.operation()
      if (op) ops.push(op)
    }
    if (p.lexer.start === before && !p.atEnd) {
      p.error('SyntaxError', p.here, `expected an operation, found ${p.found()}`)
      p.advance()
    }
  }
  p.finish()
  reader.summarise(report)
  return { ops: ops.flatMap((op) => (op.name === 'builtin.module' ? bodyOf(op) : [op])) }
}

function bodyOf(op: Op): Op[] {
  return op.regions.flatMap((r) => r.blocks.flatMap((b) => b.ops))
}

/** `#name = attribute` or `!name = type`. */
function alias(p: Parser): void {
  const isType = p.kind === Kind.bang
  const { word } = p.lexer
  p.advance()
  p.expect('=', 'after the alias')
  if (isType) p.typeAliases.set(word, p.type())
  else p.attributeAliases.set(word, p.attribute())
}

/** `{-# ... #-}` at the end of a file. */
function skipResources(p: Parser): void {
  const end = p.source.text.indexOf('#-}', p.lexer.start)
  p.lexer.seek(end < 0 ? p.source.text.length : end + 3)
}

class Reader {
  private readonly unknown = new Map<string, Seen>()
  private readonly missing = new Map<string, Seen>()

  /** Reads one operation of either form. */
  operation(p: Parser): OpDraft | undefined {
    const start = p.lexer.start
    const names = p.kind === Kind.value ? resultNames(p) : []
    const generic = p.kind === Kind.string
    if (!generic && p.kind !== Kind.bare) p.fail(`expected an operation, found ${p.found()}`)
    const nameAt = p.here
    const name = canonicalName(generic ? unquote(p.lexer.word) : p.lexer.word)
    const row = rowOf(name)
    if (!row?.parse) return this.skipped(p, name, nameAt, start, row !== undefined)
    p.advance()
    const op: OpDraft = {
      name: row.name,
      row,
      at: nameAt,
      nameAt,
      groups: new Map(),
      attrs: new Map(),
      regions: [],
      successors: [],
      results: [],
      resultTypes: [],
    }
    if (generic) readGeneric(p, op, row.groups)
    else row.parse(p, op)
    const at = p.spanFrom(start)
    if (p.is('loc') && !p.lexer.newline) {
      p.advance()
      skipParentheses(p)
    }
    const done: OpDraft = { ...op, at }
    defineResults(p, done, names)
    return done
  }

  private skipped(p: Parser, name: string, at: Span, start: number, isKnown: boolean): undefined {
    const seen = isKnown ? this.missing : this.unknown
    const earlier = seen.get(name)
    if (earlier) earlier.count++
    else seen.set(name, { at, count: 1 })
    p.lexer.seek(start)
    for (const value of p.skipOperation()) p.define(value)
    return undefined
  }

  /** Reports what was skipped, each name once. */
  summarise(report: Report): void {
    const times = (n: number) => (n > 1 ? ` (${n} times)` : '')
    for (const [name, { at, count }] of this.unknown) {
      report.error(codeOf('UnknownOp'), at, `there is no operation '${name}'${times(count)}`)
    }
    for (const [name, { at, count }] of this.missing) {
      const why = rowOf(name)?.missing ?? 'this operation'
      report.error(
        codeOf('Unsupported'),
        at,
        `'${name}' is known, but ${why} is not emulated yet${times(count)}`,
      )
    }
  }
}

/** `%a, %b:2 =` */
function resultNames(p: Parser): ResultName[] {
  const names: ResultName[] = []
  do {
    const at = p.here
    if (p.kind !== Kind.value) p.fail(`expected the name of a result, found ${p.found()}`)
    const name = p.lexer.word
    p.advance()
    names.push({ name, count: p.accept(':') ? p.integer('the number of results') : 1, at })
  } while (p.accept(','))
  p.expect('=', 'after the names of the results')
  return names
}

function defineResults(p: Parser, op: OpDraft, names: readonly ResultName[]): void {
  let index = 0
  for (const { name, count, at } of names) {
    if (count > 4096) p.fail(`${name} names more results than any operation has`, 'SyntaxError', at)
    for (let k = 0; k < count; k++) {
      if (index >= op.resultTypes.length) {
        p.error('TypeMismatch', at, `'${op.name}' has ${op.resultTypes.length} results, not more`)
        return
      }
      const type = op.resultTypes[index]!
      const value: Value = { name: count > 1 ? `${name}#${k}` : name, at, type, op, index: index++ }
      op.results.push(value)
      p.define(value)
    }
  }
}

/** `(operands)[successors] <{properties}> ({regions}) {attributes} : type` after the quoted name. */
function readGeneric(p: Parser, op: OpDraft, groups: readonly string[]): void {
  const operands = p.operands('(', ')', 'in the list of operands')
  if (p.is('['))
    p.list('[', ']', 'in the list of successors', () => op.successors.push(p.successor()))
  if (p.accept('<')) {
    p.dict(op.attrs)
    p.expect('>', 'to close the properties')
  }
  if (p.is('(')) p.list('(', ')', 'in the list of bodies', () => op.regions.push(p.region()))
  p.dict(op.attrs)
  p.expect(':', 'before the type of the operation')
  const type = p.type()
  if (type.kind !== 'function') return p.fail('the type of an operation is (operands) -> (results)')
  operands.forEach((o, i) => p.typed(o, type.inputs[i] ?? unknownType))
  op.resultTypes.push(...type.results)
  distribute(op, operands, groups)
  op.row?.normalise?.(op)
}

/** Sorts positional operands into the groups of the row. */
function distribute(op: OpDraft, operands: readonly Operand[], groups: readonly string[]): void {
  const segments = op.attrs.get('operandSegmentSizes') ?? op.attrs.get('operand_segment_sizes')
  op.attrs.delete('operandSegmentSizes')
  op.attrs.delete('operand_segment_sizes')
  const sizes =
    segments?.kind === 'array'
      ? segments.items.map((i) => (i.kind === 'int' ? i.value : 0))
      : undefined
  let at = 0
  groups.forEach((group, i) => {
    const last = i === groups.length - 1
    const size = sizes
      ? (sizes[i] ?? 0)
      : last
        ? operands.length - at
        : Math.min(1, operands.length - at)
    if (size > 0) op.groups.set(group, operands.slice(at, at + size))
    at += size
  })
}

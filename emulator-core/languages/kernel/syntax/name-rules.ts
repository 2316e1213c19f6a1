/** Qualified names and template argument lists. */
import type { Cursor } from './cursor.ts'
import { isKeyword, isTypeWord } from './words.ts'
import type { NameEntry, NameKind, NameScope } from './names.ts'
import type { Name, NamePart, TemplateArgument } from './tree.ts'

export interface ReadName {
  readonly name: Name
  /** What the name stands for; `unknown` when nothing of that name was seen. */
  readonly kind: NameKind | 'unknown'
}

/** True when a name (not a keyword) is next, possibly with a leading `::`. */
export function startsName(p: Cursor, ahead = 0): boolean {
  const token = p.peek(ahead)
  if (token.kind === 'punct') return token.text === '::' && startsName(p, ahead + 1)
  return token.kind === 'name' && !isKeyword(token.text)
}

/** Reads a::b<c>::d. */
export function readName(p: Cursor): ReadName {
  const start = p.peek().at
  const global = p.accept('::')
  const parts: NamePart[] = []
  let entry: NameEntry | undefined
  let inside: NameScope | undefined
  let opaque = false
  for (;;) {
    const forced = p.accept('template')
    if (p.is('~') || p.is('operator')) {
      p.unsupported(
        p.peek().at,
        p.is('~') ? 'An explicit destructor' : 'An operator called by name',
      )
      p.next()
    }
    const token = p.peek()
    if (token.kind !== 'name') {
      p.error('C0201', token.at, `A name is expected, found ${p.found()}.`)
      break
    }
    p.next()
    entry = lookUp(p, token.text, parts.length === 0, global, inside)
    const templated = entry ? entry.kind === 'type-template' || entry.kind === 'template' : forced
    if (p.is('<') && templated) {
      parts.push({ text: token.text, at: token.at, args: templateArguments(p) })
      if (entry?.kind === 'type-template') entry = { kind: 'type' }
    } else {
      parts.push(p.part(token))
    }
    if (!p.is('::') || p.peek(1).kind !== 'name') break
    opaque ||= !entry?.inside
    inside = entry?.inside
    p.next()
  }
  const name = { at: p.since(start), global, parts }
  if (parts.length > 1 && opaque) return { name, kind: entry?.kind ?? 'value' }
  return { name, kind: entry?.kind ?? 'unknown' }
}

function lookUp(
  p: Cursor,
  text: string,
  isFirst: boolean,
  global: boolean,
  inside: NameScope | undefined,
): NameEntry | undefined {
  if (!isFirst) return inside?.own(text)
  if (!global) return p.scope.find(text)
  let file = p.scope
  while (file.parent?.parent) file = file.parent
  return file.own(text) ?? file.parent?.own(text)
}

/** Reads `<a, b>`; the `<` is next. */
export function templateArguments(p: Cursor): TemplateArgument[] {
  p.next()
  const args: TemplateArgument[] = []
  p.splitAngle()
  while (!p.is('>') && !p.ended) {
    const at = p.peek().at
    if (startsType(p)) {
      const type = p.rules.typeId(p)
      args.push({ kind: 'type', type, at: p.since(at) })
    } else {
      const value = p.rules.templateValue(p)
      args.push({ kind: 'value', value, at: p.since(at) })
    }
    if (p.is('...')) {
      p.unsupported(p.next().at, 'A pack expansion')
    }
    p.splitAngle()
    if (!p.accept(',')) break
    p.splitAngle()
  }
  p.expect('>', 'at the end of the template arguments')
  return args
}

/** True when a type begins here: a type word, or a name that stands for a type. Takes no token. */
export function startsType(p: Cursor, ahead = 0): boolean {
  const token = p.peek(ahead)
  if (token.kind === 'name' && isTypeWord(token.text)) return true
  if (!startsName(p, ahead)) return false
  return kindAhead(p, ahead) === 'type'
}

/** Kind of the qualified name that begins at `ahead`, found without taking tokens. */
export function kindAhead(p: Cursor, ahead: number): NameKind | 'unknown' {
  let at = ahead
  const global = p.is('::', at)
  if (global) at++
  let entry = lookUp(p, p.peek(at).text, true, global, undefined)
  at++
  for (;;) {
    if (p.is('<', at) && (entry?.kind === 'type-template' || entry?.kind === 'template')) {
      const behind = skipAngles(p, at)
      if (entry.kind === 'type-template') entry = { kind: 'type' }
      if (behind === undefined) return entry.kind
      at = behind
    }
    if (!p.is('::', at) || p.peek(at + 1).kind !== 'name') return entry?.kind ?? 'unknown'
    const next: NameEntry | undefined = entry?.inside?.own(p.peek(at + 1).text)
    if (!entry?.inside) return 'value'
    entry = next
    at += 2
  }
}

/**
 * Index behind the `>` that closes the `<` at `ahead`, or undefined when it is half of a `>>`; a
 * guess that only
 * steers between type and value.
 */
function skipAngles(p: Cursor, ahead: number): number | undefined {
  let depth = 0
  let nested = 0
  for (let at = ahead; at < ahead + 500; at++) {
    const token = p.peek(at)
    if (token.kind === 'end') return at
    if (token.kind !== 'punct') continue
    if (token.text === '(' || token.text === '[') nested++
    if (token.text === ')' || token.text === ']') nested--
    if (nested < 0 || token.text === ';' || token.text === '{') return at
    if (nested > 0) continue
    if (token.text === '<') depth++
    if (token.text === '>') depth--
    if (token.text === '>>') {
      // Half of this token closes the list around: nothing that belongs to the name can follow.
      if (depth === 1) return undefined
      depth -= 2
    }
    if (depth <= 0) return at + 1
  }
  return ahead
}

/**
 * Index behind a qualified name with its template lists; `ahead` -1 begins at a `<` that is next.
 */
export function behindName(p: Cursor, ahead: number): number {
  let at = ahead + 1
  for (;;) {
    if (p.is('<', at)) at = skipAngles(p, at) ?? at + 1
    if (!p.is('::', at) || p.peek(at + 1).kind !== 'name') return at
    at += 2
  }
}

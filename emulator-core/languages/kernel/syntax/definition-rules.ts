/** struct, class, union and enum. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Cursor } from './cursor.ts'
import { startsName } from './name-rules.ts'
import { NameScope } from './names.ts'
import type {
  AliasNode,
  Declaration,
  EnumNode,
  Expr,
  FunctionNode,
  TypeNode,
  VariableNode,
} from './tree.ts'
import { readTypeId, skipAttributes } from './type-rules.ts'

/** struct, class, union or enum: a definition, or a mere mention of its name. */
export function readDefinition(p: Cursor): { type: TypeNode; defines?: Declaration } | undefined {
  const word = p.next()
  const scoped = word.text === 'enum' && (p.accept('class') || p.accept('struct'))
  skipAttributes(p)
  if (p.is('alignas')) {
    p.next()
    p.skipGroup()
  }
  const token = p.peek()
  let name = `(unnamed ${word.text})`
  if (startsName(p) && !p.is('::')) name = p.next().text
  const type: TypeNode = {
    kind: 'named',
    at: token.at,
    constant: false,
    name: { at: token.at, global: false, parts: [{ text: name, at: token.at }] },
  }
  if (p.is('final')) p.next()
  if (word.text === 'union') {
    p.unsupported(word.at, 'A union')
    p.lossy = true
    if (p.is('{')) p.skipGroup()
    return { type }
  }
  if (word.text === 'enum') return enumeration(p, name, scoped, token.at, type)
  if (p.is(':')) {
    p.unsupported(p.next().at, 'Inheritance')
    while (!p.is('{') && !p.is(';') && !p.ended) p.next()
  }
  if (!p.is('{')) {
    if (!p.scope.find(name)) p.scope.declare(name, 'type')
    return { type }
  }
  return { type, defines: structBody(p, name, token.at) }
}

function enumeration(
  p: Cursor,
  name: string,
  scoped: boolean,
  at: Span,
  type: TypeNode,
): { type: TypeNode; defines?: EnumNode } {
  const underlying = p.accept(':') ? readTypeId(p) : undefined
  const inside = new NameScope(p.scope)
  p.scope.declare(name, 'type', inside)
  if (!p.accept('{')) return { type }
  const items: { name: string; at: Span; value?: Expr }[] = []
  while (!p.is('}') && !p.ended) {
    const token = p.peek()
    if (!startsName(p)) {
      p.error('C0201', token.at, `The name of an enumerator is expected, found ${p.found()}.`)
      while (!p.is('}') && !p.is(';') && !p.ended) p.next()
      break
    }
    p.next()
    skipAttributes(p)
    inside.declare(token.text, 'value')
    if (!scoped) p.scope.declare(token.text, 'value')
    const value = p.accept('=') ? p.rules.assignment(p) : undefined
    items.push({ name: token.text, at: token.at, ...(value ? { value } : {}) })
    if (!p.accept(',')) break
  }
  p.expect('}', 'at the end of the enumeration')
  return {
    type,
    defines: { kind: 'enum', at, name, scoped, items, ...(underlying ? { underlying } : {}) },
  }
}

function structBody(p: Cursor, name: string, at: Span): Declaration {
  const inside = new NameScope(p.scope)
  p.scope.declare(name, 'type', inside)
  const fields: VariableNode[] = []
  const methods: FunctionNode[] = []
  const aliases: AliasNode[] = []
  p.next()
  p.inside(() => {
    while (!p.is('}') && !p.ended) {
      const before = p.position
      if ((p.is('public') || p.is('private') || p.is('protected')) && p.is(':', 1)) {
        p.next()
        p.next()
      } else if (
        p.is('~') ||
        (p.is(name) && p.is('(', 1)) ||
        (p.is('explicit') && p.is(name, 1)) ||
        (p.is('constexpr') && p.is(name, 1) && p.is('(', 2))
      ) {
        p.unsupported(p.peek().at, p.is('~') ? 'A destructor' : 'A constructor')
        p.next()
        p.skipStatement()
      } else if (!p.accept(';')) {
        for (const item of p.rules.declarations(p, 'struct')) {
          if (item.kind === 'variable') fields.push(item)
          else if (item.kind === 'function') methods.push(item)
          else if (item.kind === 'alias') aliases.push(item)
          else if (item.kind !== 'static-assert') p.unsupported(item.at, 'This kind of member')
        }
      }
      if (p.position === before) p.next()
    }
  }, inside)
  p.expect('}', 'at the end of the struct')
  return { kind: 'struct', at, name, fields, methods, aliases }
}

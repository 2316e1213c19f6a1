/** Declarations: variables, functions, templates, aliases, structs, enums, namespaces. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Cursor } from './cursor.ts'
import { readDefinition } from './definition-rules.ts'
import { readName, startsName, startsType } from './name-rules.ts'
import { NameScope } from './names.ts'
import { endStatement } from './statement-rules.ts'
import {
  readDeclarator,
  readSpecifiers,
  readTypeId,
  skipAttributes,
  spellName,
} from './type-rules.ts'
import type { Declarator, SpecifierRead } from './type-rules.ts'
import type {
  AliasNode,
  Declaration,
  Expr,
  FunctionNode,
  ParameterNode,
  Specifiers,
  TemplateParameter,
  TypeNode,
  VariableNode,
} from './tree.ts'

type Place = 'file' | 'block' | 'struct'

interface TemplateHeader {
  readonly parameters: readonly TemplateParameter[]
  readonly scope: NameScope
}

/** Everything up to the end of the file or the `}` of the namespace around. */
export function readItems(p: Cursor, nested: boolean): Declaration[] {
  const items: Declaration[] = []
  while (!p.ended && !(nested && p.is('}'))) {
    const before = p.position
    if (p.peek().kind === 'pragma' || p.is(';')) p.next()
    else if (p.is('}')) {
      p.error('C0203', p.next().at, "This '}' closes nothing.")
    } else {
      items.push(...readDeclarations(p, 'file'))
    }
    if (p.position === before) p.next()
  }
  return items
}

export function readDeclarations(p: Cursor, place: Place): Declaration[] {
  return p.deeper(
    () => declarations(p, place),
    () => [],
  )
}

function declarations(p: Cursor, place: Place): Declaration[] {
  const token = p.peek()
  skipAttributes(p)
  switch (token.kind === 'name' ? token.text : '') {
    case 'namespace':
      return namespace(p)
    case 'inline':
      if (p.is('namespace', 1)) {
        p.next()
        return namespace(p)
      }
      break
    case 'extern':
      if (p.peek(1).kind === 'string') return linkage(p)
      if (p.is('template', 1)) return instantiation(p)
      break
    case 'using':
      return using(p, undefined)
    case 'template':
      return template(p, place)
    case 'static_assert':
    case '_Static_assert':
      return staticAssert(p)
    case 'asm':
    case '__asm__':
    case 'concept':
      p.unsupported(p.next().at, token.text === 'concept' ? 'A concept' : 'Inline assembly')
      p.skipStatement()
      return []
  }
  return simple(p, place, undefined)
}

function namespace(p: Cursor): Declaration[] {
  const at = p.next().at
  skipAttributes(p)
  const names: string[] = []
  while (p.peek().kind === 'name' && startsName(p)) {
    names.push(p.next().text)
    if (!p.accept('::')) break
    p.accept('inline')
  }
  if (names.length === 1 && p.accept('=')) {
    const { name } = readName(p)
    const inside = findScope(
      p,
      name.parts.map((part) => part.text),
    )
    p.scope.declare(names[0]!, 'namespace', inside)
    p.expect(';', 'after the namespace alias')
    return [{ kind: 'namespace-alias', at, name: names[0]!, of: name }]
  }
  if (!p.expect('{', 'after the name of the namespace')) return []
  const outer = p.scope
  let scope = outer
  for (const name of names) {
    const known = scope.own(name)
    const inner = known?.inside ?? new NameScope(scope)
    scope.declare(name, 'namespace', inner)
    scope = inner
  }
  if (names.length === 0) {
    scope = new NameScope(outer)
    outer.use(scope)
  }
  let items = p.inside(() => readItems(p, true), scope)
  p.expect('}', 'at the end of the namespace')
  if (names.length === 0) return [{ kind: 'namespace', at, name: '', items }]
  for (const name of names.reverse()) items = [{ kind: 'namespace', at, name, items }]
  return items
}

function findScope(p: Cursor, path: readonly string[]): NameScope | undefined {
  let entry = p.scope.find(path[0] ?? '')
  for (const part of path.slice(1)) entry = entry?.inside?.own(part)
  return entry?.inside
}

function linkage(p: Cursor): Declaration[] {
  p.next()
  const language = p.next()
  const outer = p.externC
  p.externC = language.text === '"C"'
  let items: Declaration[]
  if (p.accept('{')) {
    items = readItems(p, true)
    p.expect('}', 'at the end of extern "C"')
  } else {
    items = declarations(p, 'file')
  }
  p.externC = outer
  return items
}

function instantiation(p: Cursor): Declaration[] {
  p.skipStatement()
  return []
}

function using(p: Cursor, header: TemplateHeader | undefined): Declaration[] {
  const at = p.next().at
  if (p.accept('namespace')) {
    const { name } = readName(p)
    const inside = findScope(
      p,
      name.parts.map((part) => part.text),
    )
    if (inside) p.scope.use(inside)
    endStatement(p, 'after the using directive')
    return [{ kind: 'using-namespace', at: p.since(at), name }]
  }
  p.accept('typename')
  if (p.peek().kind === 'name' && (p.is('=', 1) || (p.is('[', 1) && p.is('[', 2)))) {
    const token = p.next()
    skipAttributes(p)
    p.next()
    const type = readTypeId(p)
    const target = header ? p.scope.parent! : p.scope
    target.declare(token.text, header ? 'type-template' : 'type', aliasScope(p, type))
    endStatement(p, 'after the alias')
    return [alias(token.text, p.since(at), type, header)]
  }
  const { name, kind } = readName(p)
  const last = name.parts[name.parts.length - 1]?.text ?? ''
  const path = name.parts.slice(0, -1).map((part) => part.text)
  const inside = findScope(p, path)?.own(last)?.inside
  if (kind !== 'unknown') p.scope.declare(last, kind, inside)
  endStatement(p, 'after the using declaration')
  return [{ kind: 'using', at: p.since(at), name }]
}

/** Names inside an aliased struct or enum, so that `Alias::member` is read right. */
function aliasScope(p: Cursor, type: TypeNode): NameScope | undefined {
  return type.kind === 'named' ? findNamed(p, type) : undefined
}

function findNamed(p: Cursor, type: Extract<TypeNode, { kind: 'named' }>): NameScope | undefined {
  return findScope(
    p,
    type.name.parts.map((part) => part.text),
  )
}

function alias(
  name: string,
  at: Span,
  type: TypeNode,
  header: TemplateHeader | undefined,
): AliasNode {
  return { kind: 'alias', at, name, type, ...(header ? { template: header.parameters } : {}) }
}

function template(p: Cursor, place: Place): Declaration[] {
  if (!p.is('<', 1)) return instantiation(p)
  p.next()
  const scope = new NameScope(p.scope)
  return p.inside(() => {
    const parameters = templateParameters(p)
    if (p.is('requires')) {
      p.unsupported(p.next().at, 'A requires clause')
      if (p.is('(')) p.skipGroup()
    }
    const header: TemplateHeader = { parameters, scope }
    if (p.is('using')) return using(p, header)
    if (p.is('template')) {
      p.unsupported(p.peek().at, 'A template inside a class template')
      p.skipStatement()
      return []
    }
    if (p.is('struct') || p.is('class') || p.is('union') || p.is('concept')) {
      p.unsupported(p.peek().at, p.is('concept') ? 'A concept' : 'A class template')
      if (p.peek(1).kind === 'name') scope.parent!.declare(p.peek(1).text, 'type-template')
      p.skipStatement()
      return []
    }
    return simple(p, place, header)
  }, scope)
}

function templateParameters(p: Cursor): TemplateParameter[] {
  const list: TemplateParameter[] = []
  p.next()
  while (!p.is('>') && !p.ended) {
    const token = p.peek()
    if (p.is('typename') || p.is('class')) {
      p.next()
      if (p.is('...')) p.unsupported(p.next().at, 'A parameter pack')
      const name = startsName(p) ? p.next().text : ''
      p.scope.declare(name, 'type')
      const byDefault = p.accept('=') ? readTypeId(p) : undefined
      list.push({ kind: 'type', name, at: p.previous.at, ...(byDefault ? { byDefault } : {}) })
    } else if (p.is('template')) {
      p.unsupported(token.at, 'A template as template parameter')
      while (!p.is(',') && !p.is('>') && !p.ended) p.next()
    } else {
      const read = readSpecifiers(p, () => undefined)
      if (!read.type) {
        p.error('C0201', p.peek().at, `A template parameter is expected, found ${p.found()}.`)
        while (!p.is(',') && !p.is('>') && !p.is('{') && !p.ended) p.next()
      } else {
        const declarator = readDeclarator(p, read.type, 'never')
        const name = declarator.name?.parts[0]?.text ?? ''
        p.scope.declare(name, 'value')
        const byDefault = p.accept('=') ? p.rules.templateValue(p) : undefined
        list.push({
          kind: 'value',
          name,
          at: declarator.at,
          type: declarator.type,
          ...(byDefault ? { byDefault } : {}),
        })
      }
    }
    p.splitAngle()
    if (!p.accept(',')) break
  }
  p.expect('>', 'at the end of the template parameters')
  return list
}

function staticAssert(p: Cursor): Declaration[] {
  const at = p.next().at
  p.expect('(', 'after static_assert')
  const test = p.rules.assignment(p)
  let message: string | undefined
  if (p.accept(',')) {
    const text = p.rules.assignment(p)
    if (text.kind === 'string') message = String.fromCharCode(...text.codes)
  }
  p.expect(')', 'after the assertion')
  endStatement(p, 'after static_assert')
  return [
    { kind: 'static-assert', at: p.since(at), test, ...(message !== undefined ? { message } : {}) },
  ]
}

/** Specifiers, then declarators with initialisers or one function with a body. */
function simple(p: Cursor, place: Place, header: TemplateHeader | undefined): Declaration[] {
  const start = p.peek().at
  const read = readSpecifiers(p, readDefinition)
  const out: Declaration[] = read.defines ? [read.defines] : []
  if (!read.type) {
    p.error('C0205', p.peek().at, `A declaration is expected, found ${p.found()}.`)
    p.lossy = true
    p.skipStatement()
    return out
  }
  if (p.accept(';')) return out
  if (read.defines && p.peek().first) {
    p.expect(';', `after the ${read.defines.kind}`)
    return out
  }
  if (read.type.kind === 'builtin' && read.type.of === 'auto' && p.is('[')) {
    p.unsupported(p.peek().at, 'A structured binding')
    p.lossy = true
    p.skipStatement()
    return out
  }
  for (;;) {
    const declarator = readDeclarator(p, read.type, place === 'block' ? 'if-types' : 'always')
    if (!declarator.name) {
      if (!declarator.refused) {
        p.error(
          'C0201',
          p.peek().at,
          `The name of what is declared is expected, found ${p.found()}.`,
        )
      }
      p.lossy = true
      p.skipStatement()
      return out
    }
    if (declarator.parameters) {
      const fn = functionRest(p, declarator, read, header, start)
      out.push(fn)
      if (fn.body) return out
    } else {
      out.push(variable(p, declarator, read, header))
    }
    if (!p.accept(',')) break
  }
  endStatement(p, 'after the declaration')
  return out
}

function variable(
  p: Cursor,
  declarator: Declarator,
  read: SpecifierRead,
  header: TemplateHeader | undefined,
): VariableNode | AliasNode {
  const parts = declarator.name!.parts
  const name = parts[parts.length - 1]?.text ?? ''
  if (read.isTypedef) {
    p.scope.declare(name, 'type', aliasScope(p, declarator.type))
    return alias(name, declarator.at, declarator.type, undefined)
  }
  if (parts.length > 1) p.unsupported(declarator.at, 'A static member defined outside its struct')
  const target = header ? p.scope.parent! : p.scope
  target.declare(name, header ? 'template' : 'value')
  if (p.accept(':')) {
    p.unsupported(p.previous.at, 'A bit-field')
    p.rules.assignment(p)
  }
  const init = p.rules.initialiser(p)
  return {
    kind: 'variable',
    at: declarator.at,
    name,
    type: declarator.type,
    specifiers: read.specifiers,
    ...(init ? { init } : {}),
    ...(header ? { template: header.parameters } : {}),
  }
}

function functionRest(
  p: Cursor,
  declarator: Declarator,
  read: SpecifierRead,
  header: TemplateHeader | undefined,
  start: Span,
): FunctionNode {
  const parts = declarator.name!.parts
  const last = parts[parts.length - 1]!
  if (parts.length > 1) p.unsupported(declarator.at, 'A member function defined outside its struct')
  const isTemplate = header !== undefined && header.parameters.length > 0
  const target = header ? p.scope.parent! : p.scope
  target.declare(last.text, header ? 'template' : 'value')
  const outer = { addressed: p.addressed, assigned: p.assigned }
  p.addressed = new Set()
  p.assigned = new Set()
  const sets = { addressed: p.addressed, assigned: p.assigned }
  let body: FunctionNode['body']
  if (p.is('{')) {
    body = p.inside(() => {
      for (const parameter of declarator.parameters ?? []) p.scope.declare(parameter.name, 'value')
      return p.rules.block(p)
    })
  } else if (p.accept('=')) {
    p.unsupported(p.next().at, 'A defaulted or deleted function')
  } else if (p.is('try') || p.is(':')) {
    p.unsupported(p.peek().at, p.is('try') ? 'Exception handling' : 'A constructor')
    p.skipStatement()
  }
  p.addressed = outer.addressed
  p.assigned = outer.assigned
  const flags = declarator.attributes
  const specifiers: Specifiers = {
    ...read.specifiers,
    noInline: read.specifiers.noInline || /noinline/.test(flags),
    alwaysInline: read.specifiers.alwaysInline || /always_inline/.test(flags),
  }
  const at = body ? last.at : p.since(start)
  return {
    kind: 'function',
    at: last.at ?? at,
    name: last.text,
    parameters: declarator.parameters!,
    result: declarator.type,
    specifiers,
    externC: p.externC,
    ...sets,
    ...(body ? { body } : {}),
    ...(isTemplate ? { template: header.parameters } : {}),
    ...(header && !isTemplate ? { specialises: last.args ?? [] } : {}),
  }
}

/** A parameter list in parentheses. */
export function readParameters(p: Cursor): ParameterNode[] {
  p.next()
  const list: ParameterNode[] = []
  if (p.is('void') && p.is(')', 1)) p.next()
  while (!p.is(')') && !p.ended) {
    if (p.is('...')) {
      p.unsupported(p.next().at, 'A variable number of arguments')
      break
    }
    if (!startsType(p) && !startsName(p)) {
      p.error('C0201', p.peek().at, `A parameter is expected, found ${p.found()}.`)
      p.lossy = true
      break
    }
    const read = readSpecifiers(p, readDefinition)
    if (!read.type) {
      p.error('C0301', p.peek().at, `${p.found()} is not the name of a type.`)
      p.lossy = true
      break
    }
    const declarator = readDeclarator(p, read.type, 'never')
    const byDefault: Expr | undefined = p.accept('=')
      ? p.is('{')
        ? p.rules.braces(p)
        : p.rules.assignment(p)
      : undefined
    const name = declarator.name ? spellName(declarator.name) : ''
    list.push({
      at: declarator.at,
      name,
      type: declarator.type,
      ...(byDefault ? { byDefault } : {}),
    })
    if (!p.accept(',')) break
  }
  if (!p.is(')')) {
    p.expect(')', 'after the parameters')
    while (!p.is(')') && !p.is('{') && !p.is(';') && !p.ended) p.next()
  }
  p.accept(')')
  return list
}

/** Lambdas. */
import type { Span } from '../../../sim/diagnostics.ts'
import type { Cursor } from './cursor.ts'
import type { Expr, FunctionNode, Lambda } from './tree.ts'
import { skipAttributes } from './type-rules.ts'

export function readLambda(p: Cursor): Expr {
  const at = p.next().at
  let capture: Lambda['capture'] = 'none'
  const captures: { name: string; at: Span; reference: boolean; init?: Expr }[] = []
  while (!p.is(']') && !p.ended) {
    const reference = p.accept('&')
    if (p.accept('=')) capture = 'copy'
    else if (p.peek().kind === 'name') {
      const token = p.next()
      captures.push({
        name: token.text,
        at: token.at,
        reference,
        ...(p.accept('=') ? { init: p.rules.assignment(p) } : {}),
      })
    } else if (reference) capture = 'reference'
    else break
    if (!p.accept(',')) break
  }
  p.expect(']', 'after the captures')
  const fn = p.inside(() => lambdaBody(p, at))
  return { kind: 'lambda', at: p.since(at), lambda: { at: p.since(at), capture, captures, fn } }
}

function lambdaBody(p: Cursor, at: Span): FunctionNode {
  skipAttributes(p)
  const parameters = p.is('(') ? p.rules.parameters(p) : []
  for (const parameter of parameters) p.scope.declare(parameter.name, 'value')
  skipAttributes(p)
  while (p.accept('mutable') || p.accept('constexpr') || p.accept('noexcept')) continue
  skipAttributes(p)
  const result = p.accept('->')
    ? p.rules.typeId(p)
    : ({ kind: 'builtin', at, constant: false, of: 'auto' } as const)
  let body: FunctionNode['body']
  if (p.is('{')) body = p.rules.block(p)
  else p.error('C0201', p.peek().at, `The body of a lambda is expected, found ${p.found()}.`)
  return {
    kind: 'function',
    at,
    name: '(lambda)',
    parameters,
    result,
    externC: false,
    specifiers: {
      isStatic: true,
      isInline: true,
      isConstexpr: false,
      isExtern: false,
      isMutable: false,
      noInline: false,
      alwaysInline: true,
    },
    addressed: p.addressed,
    assigned: p.assigned,
    ...(body ? { body } : {}),
  }
}

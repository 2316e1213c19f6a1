/** Reads types: integers, floats, memrefs with their layouts, the dialect's own. */
import { affineMap, linearForm } from './affine.ts'
import { Kind } from './lexer.ts'
import type { Parser } from './parser.ts'
import type { AffineMap, MemrefType, Type } from './tree.ts'
import { indexType, noneType } from './tree.ts'

const dimension = /(\d+|\?|\*)[ \t]*x/y

/** The type that starts at the current token. */
export function typeOf(p: Parser): Type {
  return p.nested(() => readType(p))
}

/** Does the current token start a type? */
export function startsType(p: Parser): boolean {
  if (p.kind === Kind.bang || p.is('(')) return true
  return (
    p.kind === Kind.bare &&
    /^(index|none|[su]?i\d+|b?f\d+|memref|vector|tensor|tuple)$/.test(p.lexer.word)
  )
}

function readType(p: Parser): Type {
  if (p.is('(')) {
    const inputs = p.types()
    p.expect('->', 'in the function type')
    return { kind: 'function', inputs, results: p.types() }
  }
  if (p.kind === Kind.bang) return dialectType(p)
  if (p.kind !== Kind.bare) return p.fail(`expected a type, found ${p.found()}`)
  const { word } = p.lexer
  const integer = /^(|s|u)i(\d+)$/.exec(word)
  if (integer) {
    p.advance()
    return { kind: 'int', width: Number(integer[2]), sign: integer[1] as '' | 's' | 'u' }
  }
  switch (word) {
    case 'index':
      p.advance()
      return indexType
    case 'none':
      p.advance()
      return noneType
    case 'bf16':
    case 'f16':
    case 'f32':
    case 'f64':
      p.advance()
      return { kind: 'float', name: word }
    case 'memref':
      p.advance()
      return memref(p)
    case 'vector':
    case 'tensor': {
      p.advance()
      p.expect('<', `after '${word}'`)
      const shape = dimensions(p)
      const element = p.type()
      while (p.accept(',')) p.attribute()
      p.expect('>', `to close the ${word} type`)
      return { kind: word, shape, element }
    }
    default:
      return p.fail(`expected a type, found ${p.found()}`)
  }
}

function dialectType(p: Parser): Type {
  const { word } = p.lexer
  const alias = p.typeAliases.get(word)
  p.advance()
  if (alias) return alias
  if (word === '!aie.objectfifo' || word === '!aie.objectfifosubview') {
    p.expect('<', `after '${word}'`)
    const element = p.type()
    p.expect('>', `to close ${word}`)
    return { kind: word === '!aie.objectfifo' ? 'fifo' : 'subview', element }
  }
  const start = p.lexer.start
  if (p.is('<')) skipAngles(p)
  return {
    kind: 'opaque',
    text: word + p.source.text.slice(start, p.lastEnd > start ? p.lastEnd : start),
  }
}

/** Skips `<...>` with everything inside. */
export function skipAngles(p: Parser): void {
  let depth = 0
  do {
    if (p.is('<')) depth++
    else if (p.is('>')) depth--
    if (p.kind === Kind.end) p.fail(`expected '>', found the end of the file`)
    p.advance()
  } while (depth > 0)
}

/** Sizes before the element type; numbers and letters stick together here, so this reads characters. */
function dimensions(p: Parser): number[] {
  const shape: number[] = []
  let at = p.lexer.start
  for (;;) {
    dimension.lastIndex = at
    const found = dimension.exec(p.source.text)
    if (!found) break
    shape.push(/\d/.test(found[1]!) ? Number(found[1]) : -1)
    at = dimension.lastIndex
  }
  if (shape.length > 0) p.lexer.seek(at)
  return shape
}

function memref(p: Parser): Type {
  p.expect('<', `after 'memref'`)
  const shape = dimensions(p)
  const element = p.type()
  let layout: Pick<MemrefType, 'strides' | 'offset'> = {}
  let space: string | undefined
  while (p.accept(',')) {
    if (p.is('strided')) layout = strided(p)
    else {
      const start = p.lexer.start
      const attr = p.attribute()
      if (attr.kind === 'map') layout = mapLayout(attr.map, shape)
      else space = p.source.text.slice(start, p.lastEnd)
    }
  }
  p.expect('>', 'to close the memref type')
  const type: MemrefType = { kind: 'memref', shape, element, ...layout }
  return space === undefined ? type : { ...type, space }
}

function strided(p: Parser): { strides: number[]; offset: number } {
  p.advance()
  p.expect('<', `after 'strided'`)
  const strides: number[] = []
  p.list('[', ']', 'in the strides', () => strides.push(numberOrStar(p)))
  let offset = 0
  if (p.accept(',')) {
    if (!p.accept('offset')) p.fail(`expected 'offset', found ${p.found()}`)
    p.expect(':', `after 'offset'`)
    offset = numberOrStar(p)
  }
  p.expect('>', 'to close the layout')
  return { strides, offset }
}

function numberOrStar(p: Parser): number {
  return p.accept('?') ? -1 : p.integer('a number')
}

/** Strides of a memref whose layout is an affine map; unknown ones where the map is not linear. */
function mapLayout(
  map: AffineMap,
  shape: readonly number[],
): { strides?: number[]; offset?: number } {
  const identity =
    map.results.length === shape.length &&
    map.results.every((e, i) => e.kind === 'dim' && e.index === i)
  if (identity) return {}
  const linear = map.results.length === 1 ? linearForm(map.results[0]!, map.dims) : undefined
  return linear
    ? { strides: linear.factors, offset: linear.constant }
    : { strides: shape.map(() => -1), offset: -1 }
}

/** Reads the inside of `affine_map<...>`. */
export function readAffineMap(p: Parser): AffineMap {
  p.expect('<', `after 'affine_map'`)
  const map = affineMap(p)
  p.expect('>', 'to close the map')
  return map
}

/**
 * What an editor needs to know of the language: words to colour, names to complete, texts to hover.
 */
import { standardTypes, typeTemplates, valueTraits, vendorTypes } from './api/builtin-types.ts'
import { modes } from './api/modes.ts'
import { apiRows } from './api/registry.ts'
import { builtinHeaderNames } from './preprocess/headers.ts'
import { keywords } from './syntax/words.ts'

/** Keywords of the language, sorted. */
export const kernelKeywords: readonly string[] = keywords

/** Directives behind `#`. */
export const kernelDirectives: readonly string[] = [
  'define',
  'elif',
  'else',
  'endif',
  'error',
  'if',
  'ifdef',
  'ifndef',
  'include',
  'pragma',
  'undef',
  'warning',
]

/** Names of types without a namespace. */
export const kernelTypes: readonly string[] = [
  ...Object.keys(standardTypes),
  ...Object.keys(vendorTypes),
].sort()

/** Headers that `#include <…>` finds without a project file. */
export const kernelHeaders: readonly string[] = builtinHeaderNames

export interface ApiName {
  /** As it is written: `aie::load_v`, `event0`, `.to_vector`. */
  readonly label: string
  readonly kind: 'function' | 'type' | 'method' | 'constant'
  /** Call shape. */
  readonly shape: string
  /** One line in our own words. */
  readonly about: string
  /** Delivery tier when the name is known but not emulated yet. */
  readonly planned?: number
}

const prefixes = {
  aie: 'aie::',
  std: 'std::',
  global: '',
  vector: '.',
  accum: '.',
  mask: '.',
} as const

const typeTexts: Readonly<Record<string, string>> = {
  vector: 'N elements of type T in vector registers; 128, 256, 512 or 1024 bits.',
  accum: 'N wide lanes that hold products and sums before they are rounded.',
  mask: 'One bit per lane, the result of a comparison.',
}

/** Every library name with a hover text, emulated ones first. */
export const apiNames: readonly ApiName[] = [
  ...Object.entries(typeTexts).map(([name, about]): ApiName => ({
    label: `aie::${name}`,
    kind: 'type',
    shape: name === 'mask' ? 'aie::mask<N>' : `aie::${name}<T, N>`,
    about,
  })),
  ...apiRows.map((row): ApiName => ({
    label: `${prefixes[row.space]}${row.name}`,
    kind: ['vector', 'accum', 'mask'].includes(row.space) ? 'method' : 'function',
    shape: row.shape,
    about: row.about,
    ...(row.forms.length === 0 ? { planned: row.tier ?? 2 } : {}),
  })),
  ...Object.entries(modes).flatMap(([kind, names]) =>
    Object.keys(names).map((name): ApiName => ({
      label: `aie::${kind}_mode::${name}`,
      kind: 'constant',
      shape: `aie::${kind}_mode::${name}`,
      about: `A ${kind} mode for aie::set_${kind}.`,
    })),
  ),
  ...[...typeTemplates.std, ...valueTraits].map((name): ApiName => ({
    label: `std::${name}`,
    kind: 'type',
    shape: `std::${name}<…>`,
    about: 'Trait of the standard library, known when compiling.',
  })),
]

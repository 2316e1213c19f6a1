/** Words of C++ that are not names. */

const typeWords = new Set([
  'void',
  'bool',
  'char',
  'short',
  'int',
  'long',
  'float',
  'double',
  'signed',
  'unsigned',
  'auto',
  'const',
  'volatile',
  'typename',
  'decltype',
  'wchar_t',
  'char8_t',
  'char16_t',
  'char32_t',
  '__int128',
  'struct',
  'class',
  'enum',
  'union',
])

const specifierWords = new Set([
  'static',
  'extern',
  'inline',
  'constexpr',
  'consteval',
  'constinit',
  'typedef',
  'register',
  'mutable',
  'thread_local',
  'alignas',
  '_Alignas',
  '__inline',
  '__inline__',
  '__forceinline',
  '__attribute__',
  '__attribute',
  '__extension__',
  '_Static_assert',
  'explicit',
  'virtual',
  'friend',
  '__declspec',
])

const statementWords = new Set([
  'if',
  'else',
  'for',
  'while',
  'do',
  'switch',
  'case',
  'default',
  'break',
  'continue',
  'return',
  'goto',
  'try',
  'catch',
  'throw',
  'asm',
  '__asm__',
  'co_return',
  'co_yield',
  'co_await',
])

const otherWords = new Set([
  'namespace',
  'using',
  'template',
  'static_assert',
  'sizeof',
  'alignof',
  '_Alignof',
  'new',
  'delete',
  'this',
  'nullptr',
  'true',
  'false',
  'operator',
  'static_cast',
  'reinterpret_cast',
  'const_cast',
  'dynamic_cast',
  'typeid',
  'noexcept',
  'public',
  'private',
  'protected',
  'requires',
  'concept',
  'restrict',
  '__restrict',
  '__restrict__',
  'and',
  'or',
  'not',
  'export',
])

const restrictWords = new Set(['restrict', '__restrict', '__restrict__'])

export function isTypeWord(text: string): boolean {
  return typeWords.has(text)
}

export function isSpecifierWord(text: string): boolean {
  return specifierWords.has(text)
}

export function isRestrict(text: string): boolean {
  return restrictWords.has(text)
}

export function isKeyword(text: string): boolean {
  return (
    typeWords.has(text) ||
    specifierWords.has(text) ||
    statementWords.has(text) ||
    otherWords.has(text)
  )
}

/** Every keyword, for highlighting and completion. */
export const keywords: readonly string[] = [
  ...typeWords,
  ...specifierWords,
  ...statementWords,
  ...otherWords,
].sort()

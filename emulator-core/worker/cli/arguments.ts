/** Words of a command line, by option. */

/** The words do not make sense; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Arguments {
  readonly positional: readonly string[]
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Splits words; `flags` take no value, `valued` take one and may repeat. */
export function parseArguments(
  words: readonly string[],
  flags: readonly string[],
  valued: readonly string[],
): Arguments {
  const positional: string[] = []
  const seen = new Set<string>()
  const values = new Map<string, string[]>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const [name, inline] =
      word.startsWith('--') &&
      word.includes('=') &&
      valued.includes(word.slice(0, word.indexOf('=')))
        ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
        : [word, undefined]
    if (flags.includes(name)) seen.add(name)
    else if (valued.includes(name)) {
      const value = inline ?? words[++i]
      if (value === undefined) throw new UsageError(`${name} needs a value`)
      values.set(name, [...(values.get(name) ?? []), value])
    } else if (word.startsWith('-') && word !== '-') throw new UsageError(`unknown option ${word}`)
    else positional.push(word)
  }
  return { positional, flags: seen, values }
}

/** The last value of an option, if given. */
export function valueOf(args: Arguments, name: string): string | undefined {
  return args.values.get(name)?.at(-1)
}

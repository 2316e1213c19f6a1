/**
 * Outline of a control-code file: its jobs, scopes and labels, where they are defined and used. Text in, places out;
 * no editor in here.
 */

export interface OutlineEntry {
  readonly kind: 'job' | 'scope' | 'label' | 'group'
  readonly name: string
  /** One-based line of the definition, and of its last line. */
  readonly line: number
  endLine: number
  /** One-based column at which the name begins. */
  readonly column: number
  readonly children: OutlineEntry[]
}

const labelLine = /^(\s*)([^\s;:]+):\s*(?:;.*)?$/
const jobLine = /^(\s*)(START_JOB|START_JOB_DEFERRED|START_COND_JOB_PREEMPT)\s+([^\s,;]+)/i
const groupLine = /^(\s*)\.attach_to_group\s+(\S+)/
const endScope = /^\s*\.endl\b/
const isWord = /[\w.$@]/

/** Every named thing of a file, scopes with what is in them. */
export function outlineOf(text: string): readonly OutlineEntry[] {
  const roots: OutlineEntry[] = []
  const lines = text.split('\n')
  const isScopeName = scopesOf(text)
  let scope: OutlineEntry | undefined
  let open: OutlineEntry | undefined
  let inText = true
  const put = (entry: OutlineEntry, within: OutlineEntry | undefined) =>
    (within?.children ?? roots).push(entry)
  const made = (kind: OutlineEntry['kind'], name: string, at: number, column: number) => {
    const entry = { kind, name, line: at + 1, endLine: at + 1, column, children: [] }
    if (open) open.endLine = Math.max(open.line, at)
    open = kind === 'scope' || kind === 'group' ? undefined : entry
    return entry
  }
  lines.forEach((line, at) => {
    const group = groupLine.exec(line)
    const job = jobLine.exec(line)
    const label = labelLine.exec(line)
    if (group) {
      scope = undefined
      inText = true
      put(made('group', `uC ${group[2]}`, at, line.indexOf('.') + 1), undefined)
    } else if (job) {
      inText = true
      put(made('job', job[3] ?? '', at, line.lastIndexOf(job[3] ?? '') + 1), scope)
    } else if (/^\s*EOF\b/i.test(line)) {
      inText = false
      if (open) open.endLine = at
      open = undefined
    } else if (endScope.test(line)) {
      if (scope) scope.endLine = at + 1
      if (open) open.endLine = at
      open = undefined
      scope = undefined
      inText = true
    } else if (label) {
      const name = label[2] ?? ''
      const column = (label[1] ?? '').length + 1
      if (inText && isScopeName.has(name.toLowerCase())) {
        scope = made('scope', name, at, column)
        put(scope, undefined)
      } else put(made('label', name, at, column), scope)
    }
  })
  if (open) open.endLine = lines.length
  return roots
}

/** Lower-case names that page operands or `.endl` use: those labels open scopes. */
function scopesOf(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const match of text.matchAll(/^\s*\.endl\s+([^\s;]+)/gm))
    names.add((match[1] ?? '').toLowerCase())
  const uses = /^\s*(?:LOAD_PDI|LOAD_CORES|PREEMPT)\b([^;\n]*)/gim
  for (const match of text.matchAll(uses)) {
    for (const word of (match[1] ?? '').matchAll(/@([^\s,]+)/g))
      names.add((word[1] ?? '').toLowerCase())
  }
  return names
}

/** All entries, those within scopes too. */
export function flatOutline(entries: readonly OutlineEntry[]): readonly OutlineEntry[] {
  return entries.flatMap((entry) => [entry, ...flatOutline(entry.children)])
}

export interface Reference {
  readonly kind: 'label' | 'job' | 'scope'
  readonly name: string
  /** Zero-based columns of the word in its line. */
  readonly from: number
  readonly to: number
}

/** What the word at a place of a line refers to. */
export function referenceAt(line: string, column: number): Reference | undefined {
  let from = column
  let to = column
  while (from > 0 && isWord.test(line[from - 1] ?? '')) from--
  while (to < line.length && isWord.test(line[to] ?? '')) to++
  const word = line.slice(from, to)
  const comment = line.indexOf(';')
  if (word === '' || (comment >= 0 && comment < from)) return undefined
  if (word.startsWith('@')) return { kind: 'label', name: word.slice(1), from, to }
  if (/^\s*LAUNCH_JOB\s/i.test(line) && !/[a-z]/i.test(word.replace(/^0x/i, '')))
    return { kind: 'job', name: word, from, to }
  if (endScope.test(line) && !word.startsWith('.')) return { kind: 'scope', name: word, from, to }
  return undefined
}

/** Where the thing is defined. Labels are found without regard to case, as the assembler finds them. */
export function definitionOf(
  entries: readonly OutlineEntry[],
  { kind, name }: Pick<Reference, 'kind' | 'name'>,
): OutlineEntry | undefined {
  const same = (entry: OutlineEntry) => entry.name.toLowerCase() === name.toLowerCase()
  const all = flatOutline(entries)
  if (kind === 'job')
    return all.find((entry) => entry.kind === 'job' && Number(entry.name) === Number(name))
  return (
    all.find((entry) => entry.kind === kind && same(entry)) ??
    all.find((entry) => (entry.kind === 'label' || entry.kind === 'scope') && same(entry))
  )
}

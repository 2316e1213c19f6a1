/** Colours for control code: the assembly that an array microcontroller runs. */
import type { languages } from 'monaco-editor/editor'

/**
 * The grammar. `operations` are the words of the assembler's table; until they have come, every first word of a
 * line counts as one.
 */
export function controlLanguage(operations: readonly string[] = []): languages.IMonarchLanguage {
  const known = operations.map((word) => word.toLowerCase())
  const first: languages.IMonarchLanguageAction =
    known.length === 0
      ? { token: 'keyword', next: '@pop' }
      : {
          cases: {
            '@known': { token: 'keyword', next: '@pop' },
            '@default': { token: 'invalid', next: '@pop' },
          },
        }
  return {
    defaultToken: '',
    ignoreCase: true,
    known,
    tokenizer: {
      root: [
        [/;.*$/, 'comment'],
        [/^\s*#.*$/, 'comment'],
        [/^\s*\.[a-z_]\w*/, 'keyword'],
        [/\.[a-z_]\w*/, 'keyword'],
        [/^\s*[\w.$@]+:/, 'function'],
        [/^\s*(?=[a-z_])/, { token: '', next: '@operation' }],
        { include: '@operand' },
      ],
      operation: [
        [/[a-z_]\w*/, first],
        [/$/, '', '@pop'],
        [/./, '', '@pop'],
      ],
      operand: [
        [/@[\w.$]+/, 'function'],
        [/\$(?:r|g|lb|rb)\d+\b/, 'variable'],
        [/\btile_\d+_\d+\b/, 'type'],
        [/\b(?:shim|mem|tile)_(?:ctrl_|trace_)?(?:s2mm|mm2s)(?:_\d+)?\b|\btile_core\b/, 'type'],
        [/0x[\da-f]+\b/, 'number'],
        [/\b\d+\b/, 'number'],
        [/[a-z_][\w.$]*/, 'identifier'],
        [/[,()[\]{}|]/, 'delimiter'],
        [/\s+/, ''],
      ],
    },
  }
}

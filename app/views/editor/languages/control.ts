/** Colours for control code: the assembly that an array microcontroller runs. */
import type { languages } from 'monaco-editor/editor'

export const controlLanguage: languages.IMonarchLanguage = {
  defaultToken: '',
  ignoreCase: true,
  tokenizer: {
    root: [
      [/[;#].*$/, 'comment'],
      [/^\s*\.[a-z_]\w*/, 'keyword'],
      [/\.[a-z_]\w*/, 'keyword'],
      [/^\s*[\w.$@]+:/, 'function'],
      [/^(\s+|\s*)(?=[a-z_])/, { token: '', next: '@operation' }],
      { include: '@operand' },
    ],
    operation: [
      [/[a-z_]\w*/, { token: 'keyword', next: '@pop' }],
      [/$/, '', '@pop'],
      [/./, '', '@pop'],
    ],
    operand: [
      [/@[\w.$]+/, 'function'],
      [/\$[a-z]\w*/, 'variable'],
      [/\b(tile|actor|lock|bd|port|job|page)(_\w+)*\b/, 'type'],
      [/\b[rg]\d+\b/, 'variable'],
      [/0x[\da-f_]+/, 'number'],
      [/-?\d+/, 'number'],
      [/"([^"\\]|\\.)*"/, 'string'],
      [/[a-z_][\w.$]*/, 'identifier'],
      [/[,()[\]{}|]/, 'delimiter'],
      [/\s+/, ''],
    ],
  },
}

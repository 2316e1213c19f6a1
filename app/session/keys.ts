/** Keys: from a keyboard event to the action it means. */
import { useWorkspace } from '../stores/workspace.ts'
import { allActions, type Action } from './actions.ts'

/** The parts of a keyboard event that decide. */
export interface Press {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The press in the spelling of the actions: `Ctrl+Shift+Z`, `.`, `Space`. Cmd counts as Ctrl on macOS. */
export function spell(press: Press, mac = isMac): string {
  const { key, shiftKey, altKey } = press
  const ctrl = mac ? press.metaKey || press.ctrlKey : press.ctrlKey
  const named = key === ' ' ? 'Space' : key.length === 1 ? key : key
  const letter = named.length === 1 && /[a-z]/i.test(named)
  const upper = letter && (ctrl || shiftKey) ? named.toUpperCase() : named
  // A shifted sign such as `?` already says that Shift was down.
  const saysShift = shiftKey && (letter || named.length > 1)
  return `${ctrl ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${saysShift ? 'Shift+' : ''}${upper}`
}

/** Keys without a modifier that are not function keys belong to text fields first. */
export function isPlain(spelled: string): boolean {
  return !/^(Ctrl\+|Alt\+|Shift\+)*F\d+$/.test(spelled) && !/^(Ctrl|Alt)\+/.test(spelled)
}

const textFields = 'input, textarea, select, [contenteditable="true"], .monaco-editor'
/** Keys that press or open the focused control, or move within a set of them. */
const ownedByControls = new Set(['Space', 'Enter', 'Home', 'End'])
/** Undo belongs to a text field while one has focus, and Ctrl+Enter too unless it is the code. */
const editing = new Set(['Ctrl+Z', 'Ctrl+Shift+Z', 'Ctrl+Y'])

function isTaken(spelled: string, target: Element | null): boolean {
  if (!target) return false
  const inField = target.closest(textFields)
  if (inField && (isPlain(spelled) || editing.has(spelled))) return true
  if (!isPlain(spelled)) return false
  if (!useWorkspace.getState().letterKeys && spelled.length === 1) return true
  const control = target.closest(
    'button, a, summary, [role="slider"], [role="separator"], [role="tab"]',
  )
  return control !== null && ownedByControls.has(spelled)
}

/** The action for a press, or undefined. `target` is what has focus. */
export function actionFor(press: Press, target: Element | null): Action | undefined {
  const spelled = spell(press)
  if (isTaken(spelled, target)) return undefined
  return allActions().find((action) => action.keys.includes(spelled))
}

/** Listens on the page. Views that handle a key themselves prevent its default; those are left alone. */
export function startKeys(): () => void {
  const down = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return
    const target = event.target instanceof Element ? event.target : null
    if (target?.closest('dialog')) return
    const action = actionFor(event, target)
    if (!action) return
    event.preventDefault()
    if (action.enabled()) action.perform()
  }
  window.addEventListener('keydown', down)
  return () => window.removeEventListener('keydown', down)
}

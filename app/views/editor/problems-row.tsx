/** One line under the code: how many problems there are, and how Tab gets out of the editor. */
import { counted } from '../../canvas/format.ts'
import { countProblems, useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { Icon } from '../../widgets/icon.tsx'

export function ProblemsRow() {
  const errors = useLive((state) => countProblems(state.checked, 'error'))
  const warnings = useLive((state) => countProblems(state.checked, 'warning'))
  const showDock = useWorkspace((state) => state.showDock)
  const words = [
    errors > 0 && counted(errors, 'error'),
    warnings > 0 && counted(warnings, 'warning'),
  ].filter(Boolean)
  const bad = words.length > 0
  return (
    <div className={`problems-row${errors > 0 ? ' bad' : ''}`}>
      <button type="button" className="row" onClick={() => showDock('problems')}>
        <Icon name={errors > 0 ? 'error' : bad ? 'warning' : 'tick'} />
        {bad ? words.join(', ') : 'No problems'}
      </button>
      <span className="space" />
      <span>
        <kbd>Ctrl</kbd> <kbd>M</kbd> frees Tab
      </span>
    </div>
  )
}

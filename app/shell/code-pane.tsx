/** The code's place: a column with a splitter, or a labelled edge. */
import { CodeView } from '../views/editor/code-view.tsx'
import { Narration } from '../views/editor/narration.tsx'
import { ProblemsRow } from '../views/editor/problems-row.tsx'
import { countProblems, useLive } from '../stores/live.ts'
import { codeWidth, useWorkspace } from '../stores/workspace.ts'
import { Icon } from '../widgets/icon.tsx'
import { Splitter } from '../widgets/splitter.tsx'

export function CodePane() {
  const collapsed = useWorkspace((state) => state.collapsed.code)
  const collapse = useWorkspace((state) => state.collapse)
  const width = useWorkspace(codeWidth)
  const errors = useLive((state) => countProblems(state.checked, 'error'))
  if (collapsed) {
    return (
      <section className="pane code" id="region-code" tabIndex={-1} aria-label="Code">
        <button
          type="button"
          className="edge"
          aria-expanded="false"
          onClick={() => collapse('code', false)}
        >
          <Icon name="chevron-right" />
          <span>Code{errors > 0 && `, ${errors} with errors`}</span>
        </button>
      </section>
    )
  }
  return (
    <section className="pane code" id="region-code" tabIndex={-1} aria-label="Code">
      <CodeView />
      <Narration />
      <ProblemsRow />
      <Splitter panel="code" label="Width of the code" grows={1} shown={width} />
    </section>
  )
}

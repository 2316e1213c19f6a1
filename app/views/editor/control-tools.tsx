/** What can be done with control code: made one's own, told line by line, shown as bytes. */
import { hasOwnControl } from '../../session/own-control.ts'
import { useDocument } from '../../stores/document.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { ActionButton } from '../../widgets/action-button.tsx'
import './control.css'

export function ControlTools({ isGenerated }: { readonly isGenerated: boolean }) {
  const isOwn = useDocument((state) => hasOwnControl(state.files))
  const showsEffects = useWorkspace((state) => state.showsEffects)
  const showsBytes = useWorkspace((state) => state.showsBytes)
  const set = useWorkspace((state) => state.set)
  return (
    <div className="row control-tools">
      {isGenerated && (
        <ActionButton
          id="control.copy"
          className="button small"
          name="Edit a copy of what the build made; it runs in its place"
        >
          Edit a copy
        </ActionButton>
      )}
      {isOwn && !isGenerated && (
        <ActionButton
          id="control.return"
          className="button ghost small"
          name="Give this copy up and return to what the build makes"
        >
          Return to build
        </ActionButton>
      )}
      <Toggle
        name="Effects"
        tip="What each line does, beside it"
        on={showsEffects}
        set={(on) => set({ showsEffects: on })}
      />
      <Toggle
        name="Bytes"
        tip="The pages as bytes, below the source"
        on={showsBytes}
        set={(on) => set({ showsBytes: on })}
      />
    </div>
  )
}

interface ToggleProps {
  readonly name: string
  readonly tip: string
  readonly on: boolean
  readonly set: (on: boolean) => void
}

function Toggle({ name, tip, on, set }: ToggleProps) {
  return (
    <button
      type="button"
      className={`button small toggle${on ? '' : ' ghost'}`}
      aria-pressed={on}
      data-tip={tip}
      onClick={() => set(!on)}
    >
      {name}
    </button>
  )
}

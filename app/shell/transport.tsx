/** Transport: one rail, mirrored around Play. Every way forward has its way back on the other side. */
import { actionOf, perform, stepNames } from '../session/actions.ts'
import { stepKindOf } from '../session/run.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import type { StepKind } from '../../emulator-core/worker/protocol.ts'
import { ActionButton } from '../widgets/action-button.tsx'
import { Icon } from '../widgets/icon.tsx'
import { Select } from '../widgets/select.tsx'
import { useEnabled } from '../widgets/use-enabled.ts'

/** As a bar of its own it is a landmark; inside the top bar it is a group. */
export function Transport({ alone = false }: { readonly alone?: boolean }) {
  const stepKind = useWorkspace((state) => stepKindOf(state.stepKind, state.selection))
  const word = stepNames[stepKind]
  const said = word.toLowerCase()
  return (
    <div
      className={alone ? 'transport large' : 'transport'}
      role={alone ? 'region' : 'group'}
      aria-label="Time controls"
    >
      <ActionButton id="run.start" className="">
        <Icon name="start" />
      </ActionButton>
      <ActionButton id="run.reverse" className="">
        <Icon name="reverse" />
      </ActionButton>
      <ActionButton id="step.back" className="step" name={`Step back one ${said}`}>
        <Icon name="step-back" />
        {word}
      </ActionButton>
      <PlayButton />
      <ActionButton id="step.forward" className="step" name={`Step one ${said}`}>
        {word}
        <Icon name="step-forward" />
      </ActionButton>
      <ActionButton id="run.continue" className="">
        <Icon name="continue" />
      </ActionButton>
      <ActionButton id="run.end" className="">
        <Icon name="end" />
      </ActionButton>
    </div>
  )
}

function PlayButton() {
  const running = useLive((state) => state.running)
  const stale = useLive((state) => state.stale || state.scene === undefined)
  const ready = useEnabled(actionOf('run.toggle'))
  const building = useLive((state) => state.building && state.stale)
  const word = running ? 'Pause' : building ? 'Building' : stale && ready ? 'Run' : 'Play'
  return (
    <button
      type="button"
      className="play"
      data-hint="play"
      data-action="run.toggle"
      data-tip={stale && !running ? 'Build the changed sources and run' : word}
      data-keys="F5 F8 Space"
      aria-keyshortcuts="F5"
      disabled={!ready}
      onClick={() => perform('run.toggle')}
    >
      <Icon name={running ? 'pause' : 'play'} />
      <span>{word}</span>
    </button>
  )
}

const kinds = (Object.keys(stepNames) as StepKind[]).map((value) => ({
  value,
  title: stepNames[value],
}))

export function StepKindSelect() {
  const stepKind = useWorkspace((state) => stepKindOf(state.stepKind, state.selection))
  const set = useWorkspace((state) => state.set)
  return (
    <Select
      label="Step kind"
      value={stepKind}
      options={kinds}
      choose={(next) => set({ stepKind: next })}
      tip="How far one step goes"
    />
  )
}

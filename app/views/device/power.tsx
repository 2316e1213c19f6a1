/** Power: the states of the device as a diagram, the modes, and what each level means for rates. */
import { freeName, stepLine } from '../../session/host-edit.ts'
import { carryOut, hostMoment, planSteps, tryPlan } from '../../session/host-request.ts'
import { toast } from '../../stores/toasts.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import type { PartProps } from './device-view.tsx'

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Asks for a power mode by a step of the host program. */
async function askForMode(mode: string): Promise<void> {
  try {
    const moment = await hostMoment()
    const known = moment.layout.clients[0]
    const client = known ?? freeName(moment.host.text, 'client', 'app')
    const lines = [
      ...(known === undefined ? [stepLine('open', { client })] : []),
      stepLine('power', { client, mode }),
    ]
    const plan = planSteps(moment, lines)
    const result = await tryPlan(plan)
    if (result.outcome === 'accepted') await carryOut(plan, `power mode ${mode}`, result.tick)
    else toast(result.sentence, 'caution')
  } catch (error) {
    toast(sentence(error), 'error')
  }
}

export function Power({ device }: PartProps) {
  const { mode, modes, levels, isUp, isBusy, state, autosuspendMs, level, demandGops, arrayTops } =
    device.power
  return (
    <>
      <h2>
        States <span className="quiet">the driver says: {state}</span>
      </h2>
      <ol className="power-states" aria-label="Power states">
        <PowerState title="Off" isNow={!isUp} note="SMU power off; firmware gone" />
        <Edge to="resume, boot" back={`suspend, or idle for ${autosuspendMs} ms`} />
        <PowerState
          title="Up, idle"
          isNow={isUp && !isBusy}
          note="firmware alive, level by demand"
        />
        <Edge to="a context has work" back="queues empty" />
        <PowerState
          title="Running"
          isNow={isUp && isBusy}
          note={`array clock ${device.power.clockMHz} MHz`}
        />
      </ol>
      <h2>
        Mode <ConfidenceChip level="exact" />
      </h2>
      <div className="power-modes choices" role="group" aria-label="Power modes">
        {modes.map((one) => (
          <button
            key={one}
            type="button"
            className="button"
            aria-pressed={one === mode}
            onClick={() => void askForMode(one)}
          >
            {one}
          </button>
        ))}
      </div>
      <p className="quiet">
        Asking for a mode is a SET_STATE call of root: it becomes a step of the host program. Which
        level a mode means is modelled.
      </p>
      <h2>
        Levels <ConfidenceChip level="modelled" />
      </h2>
      <table className="device-table">
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col">NPU clock</th>
            <th scope="col">Array clock</th>
            <th scope="col">TOPS as the driver counts</th>
            <th scope="col">rate against the top</th>
          </tr>
        </thead>
        <tbody>
          {levels.map((one) => (
            <tr key={one.level} aria-current={one.level === level ? 'true' : undefined}>
              <th scope="row">
                {one.level}
                {one.level === level && <span className="power-here"> now</span>}
              </th>
              <td>{one.npuMHz} MHz</td>
              <td>{one.arrayMHz} MHz</td>
              <td>{one.driverTops}</td>
              <td>
                ≈ {Math.round((100 * one.arrayMHz) / Math.max(1, levels.at(-1)?.arrayMHz ?? 1))} %
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        Contexts that are busy asked for {demandGops} GOPS. The driver’s TOPS figure still counts
        operations of the generation before; the multipliers of the array make ≈{' '}
        {arrayTops.toFixed(0)} TOPS at this level. A level changes how long a cycle lasts, not how
        many there are.
      </p>
    </>
  )
}

interface StateProps {
  readonly title: string
  readonly isNow: boolean
  readonly note: string
}

function PowerState({ title, isNow, note }: StateProps) {
  return (
    <li className={`power-state${isNow ? ' now' : ''}`} aria-current={isNow ? 'true' : undefined}>
      <b>
        {title}
        {isNow && <span className="power-here"> now</span>}
      </b>
      <span>{note}</span>
    </li>
  )
}

function Edge({ to, back }: { readonly to: string; readonly back: string }) {
  return (
    <li className="power-edge">
      <span>{to} →</span>
      <span>← {back}</span>
    </li>
  )
}

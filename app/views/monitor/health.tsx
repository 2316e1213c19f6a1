/** Context health: every uC with its state, page, bits and exception words, in the driver's own vocabulary. */
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import type { ContextNow, MonitorNow, UcHealthNow } from '../../../emulator-core/worker/protocol.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { ContextBadge } from '../../widgets/owner.tsx'
import { PartText } from '../../widgets/part-text.tsx'

interface HealthProps {
  readonly monitor: MonitorNow
  readonly contexts: readonly ContextNow[]
  readonly scene: Scene
}

const hex = (value: number, digits: number) =>
  `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`

export function Health({ monitor, contexts, scene }: HealthProps) {
  return (
    <section aria-label="Context health">
      <header className="monitor-head">
        <h2>Context health</h2>
        <span className="quiet">
          the words of the health block; the tool of this driver prints N/A here
        </span>
        <span className="space" />
        <ConfidenceChip level="modelled" />
      </header>
      <div className="monitor-health">
        {monitor.ucs.map((uc) => (
          <Uc
            key={uc.uc}
            uc={uc}
            context={contexts.find(({ fwId }) => fwId === uc.context)}
            scene={scene}
          />
        ))}
      </div>
    </section>
  )
}

interface UcProps {
  readonly uc: UcHealthNow
  readonly context: ContextNow | undefined
  readonly scene: Scene
}

function Uc({ uc, context, scene }: UcProps) {
  const select = useWorkspace((state) => state.select)
  const half = scene.ucs[uc.uc]?.half ?? ''
  const isBad = uc.misc !== 0
  const rows: readonly (readonly [string, string])[] = [
    ['page.offset', `${uc.page}.${hex(uc.offset, 4)}`],
    ['idle status', uc.idleNames.length > 0 ? uc.idleNames.join(', ') : hex(uc.idle, 1)],
    ['misc status', uc.miscNames.length > 0 ? uc.miscNames.join(', ') : 'none'],
    ...(isBad
      ? ([
          ['pc', hex(uc.pc, 8)],
          ['exception status', hex(uc.exceptionStatus, 8)],
          ['exception address', hex(uc.exceptionAddress, 8)],
        ] as const)
      : []),
  ]
  return (
    <article className={isBad ? 'uc-health bad' : uc.context < 0 ? 'uc-health idle' : 'uc-health'}>
      <h3>
        <button type="button" className="link" onClick={() => select(`uc${uc.uc}`)}>
          uC {uc.uc} {half}
        </button>
        {context && (
          <>
            <ContextBadge owner={context.hwctx + 1} /> {context.name}
          </>
        )}
      </h3>
      <p className="uc-state">
        <b>{uc.context < 0 ? 'no context' : uc.stateName}</b>{' '}
        <span className="quiet mono">{hex(uc.state, 4)}</span>
      </p>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
      {uc.why !== '' && (
        <p className="quiet">
          <PartText text={uc.why} />
        </p>
      )}
    </article>
  )
}

/** The boot as a strip of selectable steps: what went in, how it came out, what a mismatch prints, and wrong versions. */
import { useState, type KeyboardEvent } from 'react'
import { countSteps, stepLine } from '../../session/host-edit.ts'
import { carryOut, hostText, insertBoot } from '../../session/host-request.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { toast } from '../../stores/toasts.ts'
import { compact } from '../../canvas/format.ts'
import { Icon } from '../../widgets/icon.tsx'
import type { DeviceNow, PartProps } from './device-view.tsx'

type Step = DeviceNow['boot'][number]

const looks = { passed: 'tick', failed: 'close', 'under way': 'play', skipped: 'minus' } as const

const sequences: Readonly<Record<string, string>> = {
  boot: 'Boot',
  suspend: 'Suspend',
  resume: 'Resume',
  flr: 'Function level reset',
  unload: 'Unload',
}

/** Runs of steps that belong together: one per sequence and device function, and one per try to boot. */
function runsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const runs: Step[][] = []
  for (const step of steps) {
    const last = runs.at(-1)
    const first = last?.[0]
    const isNext = first?.sequence === step.sequence && first.device === step.device
    if (last && isNext && first.title !== step.title) last.push(step)
    else runs.push([step])
  }
  return runs
}

/** Whether a run takes the first function into use. */
const isTry = ([first]: readonly Step[]): boolean =>
  first?.sequence === 'boot' && first.device === 0

export function BootStrip({ device }: PartProps) {
  const { boot, bootRefusal } = device
  const failed = boot.findLast(({ verdict }) => verdict === 'failed')
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const step = boot.find(({ id }) => id === chosen) ?? failed ?? boot[0]
  const runs = runsOf(boot)
  const tries = runs.filter(isTry).length
  return (
    <>
      {bootRefusal !== undefined && (
        <p className="boot-refusal" role="status">
          <Icon name="refusal" /> The device did not come up. <code>{bootRefusal}</code>
        </p>
      )}
      {boot.length === 0 && (
        <p className="quiet">Nothing has happened yet at this moment. Go on in time to see it.</p>
      )}
      {runs.map((run, at) => (
        <section key={run[0]?.id} className="boot-run">
          <h2>
            {sequences[run[0]?.sequence ?? ''] ?? run[0]?.sequence}
            {tries > 1 && isTry(run) && (
              <span className="quiet"> try {runs.slice(0, at + 1).filter(isTry).length}</span>
            )}
            {(run[0]?.device ?? 0) > 0 && <span className="quiet"> VF {run[0]!.device - 1}</span>}
            <span className="quiet">
              {' '}
              {run.length} steps, {run.filter(({ verdict }) => verdict === 'passed').length} passed
            </span>
          </h2>
          <Strip steps={run} chosen={step?.id} choose={setChosen} />
          {step && run.includes(step) && <StepDetail step={step} />}
        </section>
      ))}
      <WrongVersions boot={boot} />
    </>
  )
}

interface StripProps {
  readonly steps: readonly Step[]
  readonly chosen: string | undefined
  readonly choose: (id: string) => void
}

/** The steps as a list to choose from; arrows walk it. */
function Strip({ steps, chosen, choose }: StripProps) {
  const at = steps.findIndex(({ id }) => id === chosen)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: steps.length - 1 }[event.key]
    const next = to === undefined ? undefined : steps[(to + steps.length) % steps.length]
    if (!next) return
    event.preventDefault()
    choose(next.id)
    document.getElementById(`boot-step-${next.id}`)?.focus()
  }
  return (
    <div className="boot-strip" role="group" aria-label="Steps" onKeyDown={onKeyDown}>
      {steps.map((step, index) => (
        <button
          key={step.id}
          id={`boot-step-${step.id}`}
          type="button"
          className={`boot-step ${step.isWarning ? 'warned' : step.verdict.replace(' ', '-')}`}
          aria-pressed={step.id === chosen}
          tabIndex={step.id === chosen || (at < 0 && index === 0) ? 0 : -1}
          onClick={() => choose(step.id)}
        >
          <span className="boot-mark">
            <b>{index + 1}</b>
            <Icon name={looks[step.verdict]} size={12} />
            <span className="sr">{step.verdict}</span>
          </span>
          {step.title}
        </button>
      ))}
    </div>
  )
}

function StepDetail({ step }: { readonly step: Step }) {
  const origin = useLive((state) => state.moment.origin)
  const { title, verdict, rows, begin, end, log, errno, isWarning } = step
  return (
    <section className="boot-detail" aria-label={title}>
      <h2>
        {title}
        <span className={`verdict-word ${isWarning ? 'warned' : verdict.replace(' ', '-')}`}>
          {isWarning ? 'failed, the driver goes on' : verdict}
          {errno !== undefined && ` -${errno}`}
        </span>
        <span className="space" />
        <button
          type="button"
          className="button small"
          data-tip="Go to the moment at which this step begins"
          onClick={() => void seek(begin).catch(() => undefined)}
        >
          At {compact(begin - origin)}
          {end !== undefined && `, ${compact(end - begin)} cycles`}
        </button>
      </h2>
      <dl className="boot-rows">
        {rows.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
      {log !== undefined && <pre className="boot-log">{log}</pre>}
    </section>
  )
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Writes a `boot` step with something wrong into the host program and runs it. */
async function tryWrong(fields: string, title: string): Promise<void> {
  try {
    const host = await hostText()
    if (countSteps(host.text) < 0) throw new Error(`${host.file} has no list of steps.`)
    const line = stepLine('boot', JSON.parse(fields) as Record<string, unknown>)
    await carryOut(insertBoot(host, line), `boot with: ${title}`)
  } catch (error) {
    toast(sentence(error), 'error')
  }
}

/** Deliberate mistakes, one click away each. */
function WrongVersions({ boot }: { readonly boot: readonly Step[] }) {
  const all = boot.flatMap(({ wrong }) => wrong)
  if (all.length === 0) return null
  return (
    <section aria-label="Wrong versions to try">
      <h2>Try a wrong version</h2>
      <p className="quiet">
        Writes a boot step into the host program and runs it; undo takes it back. These switches are
        the emulator’s own: a real device has no such fields.
      </p>
      <ul className="boot-wrong">
        {all.map(({ title, boot: fields, mismatch }) => (
          <li key={title}>
            <button type="button" className="button" onClick={() => void tryWrong(fields, title)}>
              {title}
            </button>
            <span className="quiet">{mismatch}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

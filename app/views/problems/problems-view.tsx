/** Problems: what is wrong in the sources and why the machine stopped, each with its place and a way out. */
import type { Problem } from '../../../emulator-core/worker/protocol.ts'
import { useDocument } from '../../stores/document.ts'
import { useLive } from '../../stores/live.ts'
import { Icon, type IconName } from '../../widgets/icon.tsx'
import { PartLink } from '../../widgets/part-link.tsx'
import { PartText } from '../../widgets/part-text.tsx'
import { PlaceLink } from '../../widgets/place-link.tsx'
import { applyFix } from './fix.ts'
import { Races } from './races.tsx'

const icons: Readonly<Record<Problem['severity'], IconName>> = {
  error: 'error',
  warning: 'warning',
  note: 'note',
}

const stops: Readonly<Record<string, string>> = {
  fault: 'Fault',
  deadlock: 'Deadlock',
  spinning: 'Spinning',
  refused: 'Refused',
  mismatch: 'Mismatch',
  limit: 'Limit',
}

export function ProblemsView() {
  return (
    <div className="problems-panel" role="region" aria-label="Problems and races" tabIndex={0}>
      <Problems />
      <Races />
    </div>
  )
}

function Problems() {
  const checked = useLive((state) => state.checked)
  const all = Object.entries(checked).flatMap(([file, { problems }]) =>
    problems.map((problem) => ({ file, problem })),
  )
  const stop = useLive((state) => (state.running ? undefined : state.stop))
  const cause = stop && stops[stop.kind] ? stop : undefined
  if (all.length === 0 && !cause) {
    return (
      <div className="empty">
        <p>
          No problems. What a compiler or the machine has to say about your sources appears here.
        </p>
      </div>
    )
  }
  return (
    <ul className="problems" aria-label="Problems">
      {cause && (
        <li className="error">
          <Icon name="error" />
          <div>
            <p>
              <strong>{stops[cause.kind]}</strong> <PartText text={cause.message} />
            </p>
            {cause.chain?.map((link) => (
              <p key={link} className="quiet">
                <PartText text={link} />
              </p>
            ))}
            <p className="row small">
              {cause.place && <PlaceLink place={cause.place} />}
              {cause.part && <PartLink part={cause.part} />}
            </p>
          </div>
        </li>
      )}
      {all.map(({ file, problem }, index) => (
        <ProblemItem key={`${file}:${index}`} problem={problem} />
      ))}
    </ul>
  )
}

function ProblemItem({ problem }: { readonly problem: Problem }) {
  const { code, severity, message, from, notes, fix } = problem
  return (
    <li className={severity}>
      <Icon name={icons[severity]} />
      <div>
        <p>
          <span className="sr">{severity}: </span>
          {message} <span className="mono quiet small">{code}</span>
        </p>
        {notes.map((note, index) => (
          <p key={index} className="quiet small">
            {note.message} {note.at && <PlaceLink place={note.at} />}
          </p>
        ))}
        <p className="row small">
          {from.file && <PlaceLink place={from} />}
          {fix && (
            <button type="button" className="button small link" onClick={() => takeFix(fix)}>
              {fix.title}
            </button>
          )}
        </p>
      </div>
    </li>
  )
}

function takeFix(fix: NonNullable<Problem['fix']>): void {
  const { files, edit } = useDocument.getState()
  const text = files[fix.from.file]
  if (typeof text === 'string') edit(fix.from.file, applyFix(text, fix), fix.title)
}

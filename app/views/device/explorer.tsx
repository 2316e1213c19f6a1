/** The query explorer: every question to the driver as a form, its reply in names and bytes, and as a step to keep. */
import { useMemo, useState } from 'react'
import type { Replies } from '../../../emulator-core/worker/protocol.ts'
import { freeName, stepLine } from '../../session/host-edit.ts'
import { carryOut, hostMoment, planSteps, tryPlan } from '../../session/host-request.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { toast } from '../../stores/toasts.ts'
import { grouped } from '../../canvas/format.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'
import { Icon } from '../../widgets/icon.tsx'
import { Select } from '../../widgets/select.tsx'
import { useAsk } from '../../widgets/use-ask.ts'
import { Reply } from './reply.tsx'

type Question = Replies['questions']['questions'][number]
type Exploration = NonNullable<Replies['explore']['answer']>
type Values = Readonly<Record<string, number>>

const nothing = {}
const asRoot = ''
const groups: readonly Question['group'][] = ['GET_INFO', 'GET_ARRAY', 'SET_STATE', 'other ioctls']

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error))

export function Explorer() {
  const epoch = useLive((state) => state.epoch)
  const questions = useAsk('questions', nothing, String(epoch))?.questions ?? []
  const [id, setId] = useState('array:0')
  const question = questions.find((one) => one.id === id) ?? questions[0]
  return (
    <div className="explorer">
      <QuestionList questions={questions} chosen={question?.id ?? ''} choose={setId} />
      {question && <QuestionForm key={question.id} question={question} />}
    </div>
  )
}

interface ListProps {
  readonly questions: readonly Question[]
  readonly chosen: string
  readonly choose: (id: string) => void
}

function QuestionList({ questions, chosen, choose }: ListProps) {
  const [wanted, setWanted] = useState('')
  const word = wanted.trim().toLowerCase()
  const found = questions.filter(({ title, group }) =>
    `${group} ${title}`.toLowerCase().includes(word),
  )
  return (
    <nav className="questions" aria-label="Questions to the driver">
      <input
        type="search"
        className="search"
        aria-label="Search questions"
        placeholder="search"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      {groups.map((group) => {
        const own = found.filter((one) => one.group === group)
        return (
          own.length > 0 && (
            <div key={group}>
              <h3>{group}</h3>
              <ul>
                {own.map(({ id, title }) => (
                  <li key={id}>
                    <button
                      type="button"
                      className="question"
                      aria-current={id === chosen ? 'true' : undefined}
                      onClick={() => choose(id)}
                    >
                      {title}
                    </button>
                  </li>
                ))}
              </ul>
            </div>
          )
        )
      })}
      {found.length === 0 && <p className="quiet">No question of that name.</p>}
    </nav>
  )
}

function QuestionForm({ question }: { readonly question: Question }) {
  const start = useMemo(
    () => Object.fromEntries(question.fields.map(({ key, value }) => [key, value])),
    [question],
  )
  const [values, setValues] = useState<Values>(start)
  const [chosen, setClient] = useState<string | undefined>(undefined)
  const [answer, setAnswer] = useState<Exploration | undefined>(undefined)
  const [isAsking, setAsking] = useState(false)
  const epoch = useLive((state) => state.epoch)
  const layout = useAsk('layout', nothing, `${epoch}:${question.id}`)?.layout
  const clients = layout?.clients ?? []
  // A PF answers no questions: there somebody who has a context on a VF asks.
  const usual =
    layout?.functions.functions[0]?.kind === 'pf' ? layout.contexts[0]?.client : undefined
  const client = chosen ?? usual ?? asRoot
  const submit = async () => {
    setAsking(true)
    try {
      const wish = { question: question.id, values, ...(client === asRoot ? {} : { client }) }
      const reply = await ask('explore', wish)
      setAnswer(reply.answer)
    } catch (error) {
      toast(sentence(error), 'error')
    } finally {
      setAsking(false)
    }
  }
  return (
    <div className="question-body">
      <form
        className="question-form"
        aria-label={question.title}
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <h2>
          {question.group === 'other ioctls' ? '' : `${question.group} `}
          {question.title}
        </h2>
        <p className="quiet">{question.about}</p>
        <div className="question-fields">
          {question.fields.map(({ key, title, about }) => (
            <label key={key} className="field">
              <span>{title}</span>
              <input
                type="number"
                value={values[key] ?? 0}
                onChange={(event) =>
                  setValues({ ...values, [key]: Math.trunc(event.target.valueAsNumber || 0) })
                }
              />
              {about !== undefined && <small>{about}</small>}
            </label>
          ))}
          <div className="field">
            <span>asked by</span>
            <Select
              label="Asked by"
              value={client}
              options={[
                { value: asRoot, title: 'a new process of root' },
                ...clients.map((name) => ({ value: name, title: name })),
              ]}
              choose={setClient}
            />
          </div>
        </div>
        <div className="row device-tools">
          <button type="submit" className="button primary" disabled={isAsking}>
            {isAsking ? 'Asking …' : 'Ask'}
          </button>
          <StepButtons question={question} values={values} client={client} />
        </div>
      </form>
      {answer ? (
        <Answer answer={answer} />
      ) : (
        <p className="quiet">
          The call is made by a process on a copy of the machine: what is on screen is not touched.
        </p>
      )}
    </div>
  )
}

function Answer({ answer }: { readonly answer: Exploration }) {
  const origin = useLive((state) => state.moment.origin)
  const { ok, errno, reason, asked, answered } = answer
  return (
    <section aria-label="Reply" className="reply" data-testid="reply">
      <p className={`reply-line${ok ? '' : ' refused'}`} role="status">
        <Icon name={ok ? 'tick' : 'refusal'} />
        {ok ? <b>0</b> : <b>{errno === undefined ? 'No answer' : `-${errno}`}</b>}
        <span>{ok ? 'The driver answers.' : reason}</span>
        <span className="space" />
        <span className="quiet">
          asked at {grouped(asked - origin)}, {grouped(answered - asked)} cycles{' '}
          <ConfidenceChip level="modelled" />
        </span>
      </p>
      {answer.bytes.length > 0 && <Reply bytes={answer.bytes} fields={answer.fields} />}
    </section>
  )
}

interface StepProps {
  readonly question: Question
  readonly values: Values
  readonly client: string
}

/** The question as a call of the host program, where such a step exists. */
function StepButtons({ question, values, client }: StepProps) {
  const [kind, number] = question.id.split(':')
  const [isBusy, setBusy] = useState(false)
  if (kind !== 'info' && kind !== 'array') return null
  const sizes =
    kind === 'info'
      ? { bufferSize: values['bufferSize'] }
      : { elementSize: values['elementSize'], numElement: values['numElement'] }
  const add = async () => {
    setBusy(true)
    try {
      const moment = await hostMoment()
      const { text } = moment.host
      const known = client === asRoot ? moment.layout.clients[0] : client
      const name = known ?? freeName(text, 'client', 'app')
      const into = freeName(text, 'into', 'reply')
      const lines = [
        ...(known === undefined ? [stepLine('open', { client: name })] : []),
        stepLine('query', { client: name, [kind]: Number(number), ...sizes, into }),
      ]
      const plan = planSteps(moment, lines)
      const result = await tryPlan(plan)
      if (result.outcome === 'accepted') {
        await carryOut(plan, `query ${question.title}`, result.tick)
        toast(`The call is a step of ${plan.file} now; its reply becomes the buffer ${into}.`)
      } else toast(`${result.sentence}`, 'caution')
    } catch (error) {
      toast(sentence(error), 'error')
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type="button"
      className="button"
      disabled={isBusy}
      data-tip="Tries it, then writes it into the host program behind the present step"
      onClick={() => void add()}
    >
      Copy as a call in the host program
    </button>
  )
}

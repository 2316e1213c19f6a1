/** Races: a switch that has the past looked at again, and a sentence for each pair that nothing orders. */
import type { RaceInfo, RaceSideInfo } from '../../../emulator-core/worker/protocol.ts'
import { counted, grouped } from '../../canvas/format.ts'
import { endLook, lookForRaces, wantRaces } from '../../session/races.ts'
import { seek } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'
import { useRaces } from '../../stores/races.ts'
import { Icon } from '../../widgets/icon.tsx'
import { PartLink } from '../../widgets/part-link.tsx'
import './races.css'

export function Races() {
  const { isWanted, isLooking, answer: last } = useRaces()
  const isReady = useLive((state) => state.scene !== undefined && state.engine === 'ready')
  const epoch = useLive((state) => state.epoch)
  const isNow = useLive((state) => !state.running && state.moment.tick === last?.to)
  const answer = last?.epoch === epoch ? last : undefined
  const races = isWanted && answer ? answer.races : []
  return (
    <section className="races" aria-labelledby="races-title">
      <div className="row races-head">
        <h3 id="races-title">Races</h3>
        <label className="check small">
          <input
            type="checkbox"
            role="switch"
            checked={isWanted}
            disabled={!isReady}
            onChange={(event) => wantRaces(event.target.checked)}
          />
          Look for races
        </label>
        <span className="quiet small" role="status">
          <Status isWanted={isWanted} isLooking={isLooking} answer={answer} />
        </span>
        <span className="space" />
        {isWanted && isLooking && (
          <button type="button" className="button small" onClick={endLook}>
            Stop looking
          </button>
        )}
        {isWanted && !isLooking && !(answer?.isWhole && isNow) && (
          <button type="button" className="button small" onClick={() => void lookForRaces()}>
            Look again
          </button>
        )}
      </div>
      {races.length > 0 && (
        <ol className="races-list" aria-label="Races">
          {races.map((race, index) => (
            <Race key={index} race={race} />
          ))}
        </ol>
      )}
    </section>
  )
}

interface StatusProps {
  readonly isWanted: boolean
  readonly isLooking: boolean
  readonly answer: ReturnType<typeof useRaces.getState>['answer']
}

/** What the switch does, what is going on, or what came out. */
function Status({ isWanted, isLooking, answer }: StatusProps) {
  const origin = useLive((state) => state.moment.origin)
  if (isLooking) return 'Running the past again …'
  if (!isWanted)
    return 'Runs the past again and finds accesses to tile memory that no lock, task or word orders.'
  if (!answer) return 'This machine has not been looked at.'
  const until = `up to cycle ${grouped(answer.to - origin)}`
  const found =
    answer.races.length === 0
      ? 'No race'
      : `${counted(answer.races.length, 'race')}, found ${counted(answer.total, 'time')},`
  return answer.isWhole ? `${found} ${until}.` : `${found} so far: the look was ended early.`
}

function Race({ race }: { readonly race: RaceInfo }) {
  const { first, second, buffer, tile, address, low, end, count } = race
  return (
    <li>
      <Icon name="warning" />
      <div>
        <p>
          <Who side={first} /> {verb(first)}{' '}
          {buffer !== undefined && <strong className="mono">{buffer}</strong>}{' '}
          <span className="mono">{hex(address)}</span> of <PartLink part={tile} /> at{' '}
          <CycleLink tick={first.tick} />, <Who side={second} /> {verb(second)} the same word at{' '}
          <CycleLink tick={second.tick} />, and nothing says who comes first.
        </p>
        <p className="quiet small">
          {counted((end - low) / 4, 'word')} from <span className="mono">{hex(low)}</span> to{' '}
          <span className="mono">{hex(end - 1)}</span>, {counted(count, 'time')}
        </p>
      </div>
    </li>
  )
}

const verb = ({ isWrite }: RaceSideInfo) => (isWrite ? 'writes' : 'reads')
const hex = (value: number) => `0x${value.toString(16)}`

function Who({ side }: { readonly side: RaceSideInfo }) {
  return side.part === undefined ? side.who : <PartLink part={side.part}>{side.who}</PartLink>
}

function CycleLink({ tick }: { readonly tick: number }) {
  const origin = useLive((state) => state.moment.origin)
  return (
    <button type="button" className="link" onClick={() => void seek(tick)}>
      cycle {grouped(tick - origin)}
    </button>
  )
}

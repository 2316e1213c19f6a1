/** Races: a switch that has the past looked at again, and a sentence for each pair that nothing orders. */
import type { RaceInfo, RaceSideInfo } from '../../../emulator-core/worker/protocol.ts'
import { counted, grouped } from '../../canvas/format.ts'
import { raceSummary } from '../../session/race-words.ts'
import { endLook, lookForRaces, showRace, wantRaces } from '../../session/races.ts'
import { seek } from '../../session/session.ts'
import { useRaceStanding, useShownRaces } from '../../session/use-races.ts'
import { useLive } from '../../stores/live.ts'
import { useRaces } from '../../stores/races.ts'
import { Icon } from '../../widgets/icon.tsx'
import { PartLink } from '../../widgets/part-link.tsx'
import './races.css'

export function Races() {
  const { isWanted, isLooking } = useRaces()
  const isReady = useLive((state) => state.scene !== undefined && state.engine === 'ready')
  const to = useRaces((state) => state.answer?.to)
  const isNow = useLive((state) => !state.running && state.moment.tick === to)
  const standing = useRaceStanding()
  const races = useShownRaces()
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
          <Status />
        </span>
        <span className="space" />
        {isWanted && isLooking && (
          <button type="button" className="button small" onClick={endLook}>
            Stop looking
          </button>
        )}
        {isWanted && !isLooking && !(standing === 'now' && isNow) && (
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

/** What the switch does, what is going on, or what came out and how far it holds. */
function Status() {
  const { isWanted, isLooking, answer } = useRaces()
  const origin = useLive((state) => state.moment.origin)
  const standing = useRaceStanding()
  if (isLooking) return 'Running the past again …'
  if (!isWanted)
    return 'Runs the past again and finds accesses to tile memory that no lock, task or word orders.'
  return raceSummary(answer, standing, origin)
}

function Race({ race }: { readonly race: RaceInfo }) {
  const { first, second, buffer, tile, address, low, end, count } = race
  const isShown = useRaces((state) => state.shown === race)
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
      <button
        type="button"
        className="button small"
        aria-pressed={isShown}
        title="Fly to the memory on the array"
        onClick={() => showRace(race)}
      >
        Show on the array
      </button>
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

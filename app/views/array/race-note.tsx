/** What the overlay of races is worth at this moment, in the legend. */
import { endLook, lookForRaces } from '../../session/races.ts'
import { raceSummary } from '../../session/race-words.ts'
import { useLive } from '../../stores/live.ts'
import { useRaces } from '../../stores/races.ts'
import { useRaceStanding } from '../../session/use-races.ts'

export function RaceNote() {
  const isLooking = useRaces((state) => state.isLooking)
  const answer = useRaces((state) => state.answer)
  const origin = useLive((state) => state.moment.origin)
  const isReady = useLive((state) => state.scene !== undefined && state.engine === 'ready')
  const standing = useRaceStanding()
  return (
    <div className="array-races">
      <span className="quiet" role="status">
        {isLooking ? 'Running the past again …' : raceSummary(answer, standing, origin)}
      </span>
      {isLooking ? (
        <button type="button" className="button small" onClick={endLook}>
          Stop looking
        </button>
      ) : (
        standing !== 'now' && (
          <button
            type="button"
            className="button small"
            disabled={!isReady}
            onClick={() => void lookForRaces()}
          >
            {standing === 'none' ? 'Look for races' : 'Look again'}
          </button>
        )
      )}
    </div>
  )
}

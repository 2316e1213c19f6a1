/** Sensors: what the platform would measure of the device. All of it is ours, for illustration. */
import { guess, resolve } from './fact.ts'

const why = 'illustration only; never to be compared with products'

export const sensorFacts = {
  milliwatts: guess(
    { idle: 50, active: 300, perColumn: 150 },
    `${why}; per running column at the top clock`,
  ),
  idleCelsius: guess(40, why),
  swingCelsius: guess(20, `${why}; at the highest power`),
  lagMs: guess(5000, `${why}; first-order lag`),
  windowMs: guess(100, 'utilisation is the share of so long that a column held a running context'),
}

export const sensorModel = resolve(sensorFacts)

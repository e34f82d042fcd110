/** Owns the schema library as plugins get it: whole, and in a file of its own, as Racetrack itself needs little of it. */
export * from 'zod';
